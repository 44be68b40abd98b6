import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Io } from '../cli/cli-context.ts';
import { createProcessIo } from '../cli/process-io.ts';
import { runCli } from '../cli/program.ts';
import { SILENT } from '../local-aws/index.ts';

const WORKFLOWS = resolve(import.meta.dirname, '../workflows');

/** The scenes: a description, and the command line that plays it. */
const SCENES: Readonly<Record<string, { readonly about: string; readonly commandLine: readonly string[] }>> =
	{
		greeting: {
			about: 'one task, from its acceptance to its end',
			commandLine: ['run', 'greeting', '--data', join(WORKFLOWS, 'greeting/examples/ada.json'), '--wait'],
		},
		release: {
			about: 'partner services at work, then your approval: open the link that it prints',
			commandLine: ['run', 'release', '--data', join(WORKFLOWS, 'release/examples/staging.json'), '--wait'],
		},
	};

const USAGE = `npm run demo [-- <scene>] [-- --url http://localhost:4000]

Posts a task to a running stack, follows it and prints its result. Boots a stack if none is running.

${Object.entries(SCENES)
	.map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`)
	.join('\n')}

  --url      URL of the stack; default: the PORT of this machine

For everything else: npm run task -- --help`;

async function isRunning(url: string): Promise<boolean> {
	try {
		return (await fetch(`${url}/v1/health`)).ok;
	} catch {
		return false;
	}
}

async function main(io: Io): Promise<number> {
	const { values, positionals } = parseArgs({
		options: { url: { type: 'string' }, help: { type: 'boolean' } },
		allowPositionals: true,
	});
	if (values.help) {
		console.log(USAGE);
		return 0;
	}
	const [name = 'greeting', ...rest] = positionals;
	const scene = SCENES[name];
	if (scene === undefined || rest.length > 0) {
		console.error(`Unknown scene "${positionals.join(' ')}".\n\n${USAGE}`);
		return 1;
	}
	const play = (url: string) => runCli([...scene.commandLine, '--url', url], io);
	const url = values.url ?? `http://localhost:${process.env['PORT'] ?? '4000'}`;
	if (values.url !== undefined || (await isRunning(url))) return play(url);
	console.log('No stack is running; booting one.');
	// Loaded only here: against a running stack the demo needs none of it.
	const { startStack } = await import('./start-stack.ts');
	const stack = await startStack({ port: 0, auth: 'none' }, SILENT);
	try {
		return await play(stack.url);
	} finally {
		await stack.close();
	}
}

try {
	process.exitCode = await main(createProcessIo());
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
}
