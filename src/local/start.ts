import { parseArgs } from 'node:util';
import { watchBundles } from '../deploy/bundle.ts';
import type { Stack } from '../local-aws/index.ts';
import { createConsoleLog } from './console-log.ts';
import { parseSettings, SETTINGS_HELP } from './settings.ts';
import { startStack } from './start-stack.ts';

const USAGE = `npm start            the whole system on http://localhost:4000
npm run dev          the same; a changed source file is live in a moment

${SETTINGS_HELP}`;

function banner({ url, awsEndpoint, summary }: Stack, tookMs: number): string {
	return `
task-api is up after ${(tookMs / 1000).toFixed(1)} s

  API           ${url}/v1
  AWS           ${awsEndpoint}   (AWS_ENDPOINT_URL for the aws CLI and SDKs)
${summary.map(([what, names]) => `  ${what.padEnd(13)} ${names.join(', ')}`).join('\n')}

  curl -si ${url}/v1/tasks -H 'content-type: application/json' -d '{"type":"greeting","data":{"name":"Ada"}}'
`;
}

async function main(): Promise<void> {
	const { values } = parseArgs({ options: { watch: { type: 'boolean' }, help: { type: 'boolean' } } });
	if (values.help) {
		console.log(USAGE);
		return;
	}
	const begunAtMs = performance.now();
	const stack = await startStack(parseSettings(process.env), createConsoleLog());
	console.log(banner(stack, performance.now() - begunAtMs));

	const watcher = values.watch === true ? watchBundles(() => reload(stack)) : undefined;
	const stop = () => {
		// The process exits within two seconds, even if work in flight hangs.
		setTimeout(() => process.exit(1), 1800).unref();
		watcher?.close();
		void stack.close().then(() => process.exit(0));
	};
	process.once('SIGINT', stop);
	process.once('SIGTERM', stop);
}

function reload(stack: Stack): void {
	stack.reload();
	console.log(`${new Date().toISOString()} reloaded`);
}

try {
	await main();
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	// Parts that started before the failure would keep the process alive.
	process.exit(1);
}
