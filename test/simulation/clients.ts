import type { AnswerCallbackOutcome } from '../../src/tasks/answer-callback.ts';
import type { CallbackAnswer } from '../../src/tasks/callbacks.ts';
import type { CreateTaskOutcome, NewTask } from '../../src/tasks/create-task.ts';
import type { RequestedStart } from '../../src/tasks/scheduled-start.ts';
import { isTerminal, type Task, type TaskIncarnation } from '../../src/tasks/task.ts';
import type { TaskPosition } from '../../src/tasks/task-list.ts';
import type { World } from './faulty-world.ts';
import type { Job } from './simulated-executions.ts';
import type { SimulatedService } from './simulated-service.ts';

/** The principals of the clients. Only the first waits for callbacks. */
export const PRINCIPALS = ['ada', 'bob', 'eve'] as const;

/** The longest delay of a start: longer than SQS delays a message. */
export const MAX_DELAY_SECONDS = 1500;

/** Everything that clients have observed of the service. */
export interface Observed {
	/** Each answer to a POST, with its request. */
	readonly posted: {
		readonly request: NewTask;
		readonly outcome: CreateTaskOutcome;
		readonly atMs: number;
	}[];
	/** The rows that each reader has read, in order. */
	readonly read: Task[][];
	readonly cancelled: {
		readonly task: TaskIncarnation & Pick<Task, 'resetCount'>;
		readonly redriveCount: number;
		readonly atMs: number;
	}[];
	/** Each complete listing of a principal's tasks. */
	readonly listed: {
		readonly principal: string;
		readonly fromMs: number;
		readonly toMs: number;
		readonly ids: readonly string[];
	}[];
	readonly answered: { readonly answer: CallbackAnswer; readonly outcome: AnswerCallbackOutcome }[];
}

/** Starts clients that post, read, list, cancel, redrive and answer as the seed decides, until `untilMs`. */
export function startClients({ time, chance }: World, service: SimulatedService, untilMs: number): Observed {
	const observed: Observed = { posted: [], read: [], cancelled: [], listed: [], answered: [] };
	const keys = ['PROJ-1', 'PROJ-2'] as const;
	for (let client = chance.between(1, 4); client > 0; client--) void use(client);
	for (const principal of PRINCIPALS) if (chance.decides(0.2)) void browse(principal);
	for (const key of keys) if (chance.decides(0.7)) void approve(key);
	return observed;

	async function use(client: number): Promise<void> {
		await time.sleep(chance.between(0, 20_000));
		const request = newRequest(client);
		if (request.idempotencyKey !== undefined && chance.decides(0.4)) void post(request);
		if (request.idempotencyKey !== undefined && chance.decides(0.2))
			void post({ ...request, data: { kind: 'work', forMs: 1, outcomes: ['SUCCEEDED'] } satisfies Job });
		const outcome = await post(request);
		if (outcome === undefined || !('task' in outcome)) return;
		const readers = chance.between(1, 2);
		for (let reader = 0; reader < readers; reader++) void follow(outcome.task);
	}

	/** Repeats a request without an answer, if it has a key. */
	async function post(request: NewTask): Promise<CreateTaskOutcome | undefined> {
		for (let tries = request.idempotencyKey === undefined ? 1 : 4; tries > 0; tries--) {
			const outcome = await service.createTask(request).catch(() => undefined);
			if (outcome !== undefined && outcome.kind !== 'unconfirmed') {
				observed.posted.push({ request, outcome, atMs: time.now() });
				return outcome;
			}
			await time.sleep(chance.between(0, 5000));
		}
		return undefined;
	}

	async function follow(task: Task): Promise<void> {
		const read: Task[] = [];
		observed.read.push(read);
		while (time.now() < untilMs) {
			await time.sleep(chance.between(100, 30_000));
			const found = await service.getTask(task).catch(() => undefined);
			if (found?.kind !== 'found') continue;
			read.push(found.task);
			if (!isTerminal(found.task.status)) {
				if (chance.decides(0.1)) await cancel(found.task);
			} else if (chance.decides(0.3)) await service.redriveTask(task).catch(() => undefined);
			else if (chance.decides(0.2)) return;
		}
	}

	/** Lists all tasks of a principal, page by page, and gives up at the first failure. */
	async function browse(principal: string): Promise<void> {
		await time.sleep(chance.between(20_000, 200_000));
		const fromMs = time.now();
		const ids: string[] = [];
		for (let after: TaskPosition | undefined; ; ) {
			const query = { limit: 2, ...(after === undefined ? {} : { after }) };
			const page = await service.listTasks(principal, query).catch(() => undefined);
			if (page === undefined) return;
			ids.push(...page.tasks.map(({ taskId }) => taskId));
			if (page.next === undefined) break;
			after = page.next;
		}
		observed.listed.push({ principal, fromMs, toMs: time.now(), ids });
	}

	async function cancel(task: Task): Promise<void> {
		const outcome = await service.cancelTask(task).catch(() => undefined);
		if (outcome?.kind !== 'requested') return;
		const { redriveCount } = outcome.task;
		observed.cancelled.push({ task: outcome.task, redriveCount, atMs: time.now() });
	}

	/** Answers from time to time, as several people might, and repeats failed requests. */
	async function approve(key: string): Promise<void> {
		while (time.now() < untilMs) {
			await time.sleep(chance.between(1000, 60_000));
			for (let together = chance.between(1, 3); together > 0; together--) void answerOnce(key);
		}
	}

	async function answerOnce(key: string): Promise<void> {
		const message = `answer ${observed.answered.length} ${chance.between(0, 1e9)}`;
		for (let tries = 3; tries > 0; tries--) {
			const answer: CallbackAnswer = {
				status: chance.pick(['success', 'failure']),
				message,
				answeredBy: { principal: PRINCIPALS[0] },
				atMs: time.now(),
			};
			const outcome = await service
				.answerCallback({ principal: PRINCIPALS[0], callbackKey: key }, answer)
				.catch(() => undefined);
			if (outcome !== undefined) return void observed.answered.push({ answer, outcome });
			await time.sleep(chance.between(0, 5000));
		}
	}

	function newStart(): RequestedStart {
		const delaySeconds = chance.pick([chance.between(0, 120), chance.between(0, MAX_DELAY_SECONDS)]);
		return chance.decides(0.5)
			? { delaySeconds }
			: { runAtMs: time.now() + delaySeconds * 1000 + chance.between(0, 999) };
	}

	function newRequest(client: number): NewTask {
		const base = {
			type: 'simulated',
			tags: {},
			...(chance.decides(0.2) ? { webhook: { url: 'https://example.com/own' } } : {}),
			...(chance.decides(0.3) ? { start: newStart() } : {}),
		};
		const key = chance.decides(0.5) ? { idempotencyKey: `key-${client}` } : {};
		if (chance.decides(0.5)) {
			const outcome = () => chance.pick(['SUCCEEDED', 'INVALID', 'FAILED', 'TIMED_OUT']);
			const forMs = chance.pick([0, chance.between(1, 40_000), chance.between(1, 40_000), 30 * 60_000]);
			const job: Job = { kind: 'work', forMs, outcomes: [outcome(), outcome(), outcome()] };
			return { ...base, principal: chance.pick(PRINCIPALS), ...key, data: job };
		}
		const withinMs = chance.between(20_000, 200_000);
		const job: Job = { kind: 'approval', key: chance.pick(keys), withinMs };
		return {
			...base,
			principal: PRINCIPALS[0],
			...key,
			data: job,
			callback: { key: job.key, withinSeconds: 3600 },
		};
	}
}
