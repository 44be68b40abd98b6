import { parseArgs, styleText } from 'node:util';
import { Type } from 'typebox';
import { parseValue } from '../parse.ts';
import type { Log } from '../tasks/log.ts';

const USAGE = `npm run demo [-- --url http://localhost:4000]

Posts a greeting to a running stack, shows what becomes of it, and prints the result. Boots a stack where none is running.`;

const Task = Type.Object({
	task_id: Type.String(),
	status: Type.String(),
	result: Type.Optional(Type.Unknown()),
	error: Type.Optional(Type.Unknown()),
});

/** Posts one task and follows it to its end. The answer is the process's exit code. */
async function play(url: string): Promise<number> {
	const body = { type: 'greeting', data: { name: 'Ada' } };
	const begunAtMs = performance.now();
	const tell = (what: string, detail: string) =>
		console.log(
			`${String(Math.round(performance.now() - begunAtMs)).padStart(6)} ms  ${styleText('bold', what.padEnd(10))} ${detail}`,
		);

	console.log(`POST ${url}/v1/tasks ${JSON.stringify(body)}\n`);
	const accepted = await fetch(`${url}/v1/tasks`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body),
	});
	if (accepted.status !== 202) {
		console.error(`The API answered ${accepted.status}: ${await accepted.text()}`);
		return 1;
	}
	let task = parseValue(Task, await accepted.json(), 'answer');
	tell(task.status, task.task_id);
	for (let shown = task.status; !FINISHED.has(task.status); ) {
		await new Promise((resolve) => setTimeout(resolve, POLL_MS));
		task = parseValue(Task, await (await fetch(`${url}/v1/tasks/${task.task_id}`)).json(), 'answer');
		if (task.status !== shown) tell(task.status, '');
		shown = task.status;
	}
	console.log(`\n${JSON.stringify(task.result ?? task.error, null, 2)}`);
	return task.status === 'SUCCEEDED' ? 0 : 1;
}

const SILENT: Log = { info() {}, warn() {}, error() {}, with: () => SILENT };

/** Much more often than a client should ask: to show each status. */
const POLL_MS = 10;
const FINISHED = new Set(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']);

async function isRunning(url: string): Promise<boolean> {
	try {
		return (await fetch(`${url}/v1/health`)).ok;
	} catch {
		return false;
	}
}

async function main(): Promise<number> {
	const { values } = parseArgs({ options: { url: { type: 'string' }, help: { type: 'boolean' } } });
	if (values.help) {
		console.log(USAGE);
		return 0;
	}
	const url = values.url ?? `http://localhost:${process.env['PORT'] ?? '4000'}`;
	if (await isRunning(url)) return play(url);
	if (values.url !== undefined) {
		console.error(`Nothing answers at ${url}.`);
		return 1;
	}
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

process.exitCode = await main();
