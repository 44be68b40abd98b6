import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as Type from 'typebox';
import type { LocalSettings } from '../../src/local/settings.ts';
import { startStack } from '../../src/local/start-stack.ts';
import { readBody } from '../../src/local-aws/read-body.ts';
import { parseJson } from '../../src/parse.ts';
import type { Log } from '../../src/tasks/log.ts';

const IN_FLIGHT = 100;
const TASKS = 4000;
/** Enough for V8 to optimise the code of a task. */
const WARM_UP_TASKS = 3000;
const AT_REST = 50;
/** The lowest accepted rate, and the highest duration of a single task. */
const LIMITS = { perSecond: 200, atRestMs: 60 };
/** Memory is measured after each stretch of tasks. */
const STRETCH = { tasks: 10_000, times: 5 };
/** Short enough to notice the end of a task, long enough not to be the load. */
const POLL_MS = { loaded: 300, atRest: 2 };

const Task = Type.Object({ task_id: Type.String(), status: Type.String() });
const SILENT: Log = { info() {}, warn() {}, error() {}, with: () => SILENT };

/** `fetch` would cost as much as the gateway itself. */
const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT, scheduling: 'fifo' });

async function send(url: string, method: 'GET' | 'POST', body = ''): Promise<Type.Static<typeof Task>> {
	const headers = body === '' ? {} : { 'content-type': 'application/json', 'content-length': body.length };
	const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
	request(url, { method, agent, headers }).once('response', resolve).once('error', reject).end(body);
	return parseJson(Task, String(await readBody(await promise)), 'answer');
}

/** Creates a greeting and waits for its end. Resolves to the duration in milliseconds. */
async function runTask(url: string, pollMs: number): Promise<number> {
	const begunAtMs = performance.now();
	let task = await send(`${url}/v1/tasks`, 'POST', '{"type":"greeting","data":{"name":"Ada"}}');
	while (task.status === 'PENDING' || task.status === 'RUNNING') {
		await delay(pollMs);
		task = await send(`${url}/v1/tasks/${task.task_id}`, 'GET');
	}
	if (task.status !== 'SUCCEEDED') throw new Error(`A task ended ${task.status}.`);
	return performance.now() - begunAtMs;
}

async function runTasks(url: string, count: number, inFlight: number, pollMs: number) {
	const tookMs: number[] = [];
	const begunAtMs = performance.now();
	let left = count;
	const worker = async () => {
		while (left-- > 0) tookMs.push(await runTask(url, pollMs));
	};
	await Promise.all(Array.from({ length: inFlight }, worker));
	const sorted = tookMs.toSorted((a, b) => a - b);
	const percentile = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
	return {
		perSecond: Math.round(count / ((performance.now() - begunAtMs) / 1000)),
		p50: percentile(0.5),
		p99: percentile(0.99),
	};
}

/** Runs tasks to their end on the local stack. Resolves to `true` if they are fast enough. */
export async function benchStack(): Promise<boolean> {
	const stack = await startStack({ port: 0, auth: 'none' }, SILENT);
	try {
		console.log(`${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}`);
		await runTasks(stack.url, WARM_UP_TASKS, IN_FLIGHT, POLL_MS.loaded);
		const loaded = await runTasks(stack.url, TASKS, IN_FLIGHT, POLL_MS.loaded);
		const atRest = await runTasks(stack.url, AT_REST, 1, POLL_MS.atRest);
		console.table({
			[`${TASKS} tasks, ${IN_FLIGHT} in flight`]: {
				'tasks/s': loaded.perSecond,
				'p50 ms': loaded.p50,
				'p99 ms': loaded.p99,
				limit: `${LIMITS.perSecond} tasks/s`,
			},
			'one at a time': {
				'tasks/s': atRest.perSecond,
				'p50 ms': atRest.p50,
				'p99 ms': atRest.p99,
				limit: `p50 ${LIMITS.atRestMs} ms`,
			},
		});
		return loaded.perSecond >= LIMITS.perSecond && atRest.p50 <= LIMITS.atRestMs;
	} finally {
		await stack.close();
	}
}

/** Prints the memory of the stack while tasks run, once in memory and once with a `DATA_DIR`. */
export async function benchMemory(): Promise<true> {
	const dataDir = await mkdtemp(join(tmpdir(), 'task-api-bench-'));
	try {
		for (const keep of [{}, { dataDir }]) await printMemory(keep);
		return true;
	} finally {
		await rm(dataDir, { recursive: true });
	}
}

async function printMemory(keep: Pick<LocalSettings, 'dataDir'>): Promise<void> {
	const stack = await startStack({ port: 0, auth: 'none', ...keep }, SILENT);
	console.log(keep.dataDir === undefined ? 'In memory:' : 'In a DATA_DIR:');
	try {
		for (let stretch = 1; stretch <= STRETCH.times; stretch++) {
			const { perSecond } = await runTasks(stack.url, STRETCH.tasks, IN_FLIGHT, POLL_MS.loaded);
			const { kept, resident } = memoryMb();
			console.log(
				`  after ${stretch * STRETCH.tasks} tasks ${kept} MB kept, ${resident} MB resident; ${perSecond} tasks/s`,
			);
		}
	} finally {
		await stack.close();
	}
}

/** The heap after a garbage collection, and the resident memory of the process with its functions, in megabytes. */
function memoryMb(): { kept: string; resident: string } {
	// `npm run bench` starts Node with --expose-gc.
	globalThis.gc?.();
	const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
	return { kept: ((heapUsed + arrayBuffers) / 1e6).toFixed(1), resident: (rss / 1e6).toFixed(0) };
}
