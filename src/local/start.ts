import { open as openInspector } from 'node:inspector';
import { resolve } from 'node:path';
import { parseArgs, styleText } from 'node:util';
import type { Stack } from '../local-aws/index.ts';
import { type BuildErrors, createBuildErrors } from './build-errors.ts';
import { type LocalSettings, parseSettings, SETTINGS_HELP } from './settings.ts';

const USAGE = `npm start            the whole system on http://localhost:4000
npm run dev          the same, and applies every change below src

  --inspect          lets a debugger attach, and lifts the time limits of the functions
  --verbose          also print the AWS endpoint, the functions and the other resources
  --help

${SETTINGS_HELP}`;

const TITLE_WIDTH = 10;

/** Prints a line that starts with the time since the program was started. */
function printPhase(phase: string, detail = ''): void {
	const seconds = (performance.now() / 1000).toFixed(1).padStart(6);
	console.log(`${styleText('dim', `${seconds} s`)}  ${phase.padEnd(TITLE_WIDTH)} ${detail}`.trimEnd());
}

/** The addresses of the stack, and a request to try. */
function summaryOf({ url, awsEndpoint, summary }: Stack, isVerbose: boolean): string {
	const verbose = [
		['AWS', `${awsEndpoint}  (AWS_ENDPOINT_URL for the aws CLI and SDKs)`] as const,
		...summary.map(([kind, names]) => [kind, names.join(', ')] as const),
	];
	const lines = [
		...(isVerbose ? verbose : []),
		['Console', `${url}/console`],
		['API', `${url}/v1`],
		['Docs', `${url}/v1/docs`],
		[
			'Try',
			`curl -s ${url}/v1/tasks -H 'content-type: application/json' -H 'prefer: wait=10' -d '{"type":"greeting","data":{"name":"Ada"}}'`,
		],
	];
	return lines
		.map(([title = '', text]) => `  ${styleText('bold', title.padEnd(TITLE_WIDTH))} ${text}`)
		.join('\n');
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			watch: { type: 'boolean' },
			inspect: { type: 'boolean' },
			verbose: { type: 'boolean' },
			help: { type: 'boolean' },
		},
	});
	if (values.help) {
		console.log(USAGE);
		return;
	}
	const isDebugged = values.inspect === true;
	const settings = { ...parseSettings(process.env), isDebugged };
	// Prints the address of the debugger.
	if (isDebugged) openInspector(settings.inspectPort, '127.0.0.1');
	printPhase('checking', 'port, data folder, workflows');
	// Loading the compiler and the local AWS takes a while, so it follows the first line.
	const { startStack } = await import('./start-stack.ts');
	const { createConsoleLog } = await import('./console-log.ts');
	const { exitOnFullDisk } = await import('../local-aws/index.ts');
	if (settings.dataDir !== undefined) exitOnFullDisk(resolve(settings.dataDir), 'DATA_DIR');
	const log = createConsoleLog({
		format: settings.logFormat ?? (process.stdout.isTTY ? 'text' : 'json'),
		write: (line) => console.log(line),
		now: Date.now,
	});
	const buildErrors = createBuildErrors();
	const stack = await startStack(settings, log, { onPhase: printPhase, buildErrors });
	const watcher = values.watch === true ? await watch(stack, settings, buildErrors) : undefined;
	const stop = () => {
		// The process exits within two seconds, even if work in flight hangs.
		setTimeout(() => process.exit(1), 1800).unref();
		void Promise.all([watcher?.close(), stack.close()]).then(() => process.exit(0));
	};
	process.once('SIGINT', stop);
	process.once('SIGTERM', stop);
	// Comes last: a change or a signal that follows the summary is not missed.
	printPhase('ready');
	console.log(`\n${summaryOf(stack, values.verbose === true)}\n`);
}

/** Applies every change of a source file, and checks the types beside it. */
async function watch(
	stack: Stack,
	{ auth }: LocalSettings,
	buildErrors: BuildErrors,
): Promise<{ close(): Promise<void> }> {
	const { watchProject } = await import('./watch-project.ts');
	const { createTypeChecker } = await import('./type-check.ts');
	const printError = (message: string) => console.error(styleText('red', message));
	const types = createTypeChecker({
		onChecked(errors) {
			errors.forEach(printError);
			buildErrors.replace('types', errors);
		},
	});
	const watcher = await watchProject(stack, {
		auth,
		onReload: (names, tookMs) => console.log(`reloaded ${names.join(', ')} in ${Math.round(tookMs)} ms`),
		onError: (message) => printError(`Not reloaded: ${message}`),
		onBuilt(errors) {
			buildErrors.replace('build', errors);
			types.check();
		},
	});
	types.check();
	return {
		async close() {
			types.close();
			await watcher.close();
		},
	};
}

try {
	await main();
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	// Parts that started before the failure would keep the process alive.
	process.exit(1);
}
