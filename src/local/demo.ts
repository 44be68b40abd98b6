import { parseArgs } from 'node:util';
import { SILENT } from '../local-aws/index.ts';
import { play, SCENES, type SceneName } from './demo/play.ts';

const USAGE = `npm run demo [-- <scene>] [-- --url http://localhost:4000]

Posts a task to a running stack, shows what becomes of it, and prints the result. Boots a stack where none is running.

${Object.entries(SCENES)
	.map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`)
	.join('\n')}

  --url      where the stack is; by default the PORT of this machine
  --yes      answers what a person would be asked`;

async function isRunning(url: string): Promise<boolean> {
	try {
		return (await fetch(`${url}/v1/health`)).ok;
	} catch {
		return false;
	}
}

function isScene(name: string): name is SceneName {
	return Object.hasOwn(SCENES, name);
}

async function main(): Promise<number> {
	const { values, positionals } = parseArgs({
		options: { url: { type: 'string' }, yes: { type: 'boolean' }, help: { type: 'boolean' } },
		allowPositionals: true,
	});
	if (values.help) {
		console.log(USAGE);
		return 0;
	}
	const [scene = 'greeting', ...rest] = positionals;
	if (!isScene(scene) || rest.length > 0) {
		console.error(`There is no scene "${positionals.join(' ')}".\n\n${USAGE}`);
		return 1;
	}
	const isAsked = values.yes !== true && process.stdin.isTTY;
	const url = values.url ?? `http://localhost:${process.env['PORT'] ?? '4000'}`;
	if (await isRunning(url)) return play(url, scene, isAsked);
	if (values.url !== undefined) {
		console.error(`Nothing answers at ${url}.`);
		return 1;
	}
	console.log('No stack is running; booting one.');
	// Loaded only here: against a running stack the demo needs none of it.
	const { startStack } = await import('./start-stack.ts');
	const stack = await startStack({ port: 0, auth: 'none' }, SILENT);
	try {
		return await play(stack.url, scene, isAsked);
	} finally {
		await stack.close();
	}
}

try {
	process.exitCode = await main();
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
}
