import type { AnswerCallbackOutcome } from '../../src/tasks/answer-callback.ts';
import type { CallbackAnswer } from '../../src/tasks/callbacks.ts';
import type { CreateTaskOutcome, NewTask } from '../../src/tasks/create-task.ts';
import { isTerminal, type Task, type TaskIncarnation } from '../../src/tasks/task.ts';
import type { World } from './faulty-world.ts';
import type { Job } from './simulated-executions.ts';
import type { SimulatedService } from './simulated-service.ts';

export const PRINCIPAL = 'ada';

/** What clients were told, by which the service is judged. */
export interface Told {
	/** Each answer to a POST, with what was posted. */
	readonly posted: { readonly request: NewTask; readonly outcome: CreateTaskOutcome }[];
	/** Each row that a client has read, reader by reader. */
	readonly read: Task[][];
	readonly cancelled: {
		readonly task: TaskIncarnation;
		readonly redriveCount: number;
		readonly atMs: number;
	}[];
	readonly answered: { readonly answer: CallbackAnswer; readonly outcome: AnswerCallbackOutcome }[];
}

/** Clients that post, read, cancel, redrive and answer as the seed has it, until `untilMs`. */
export function startClients({ time, chance }: World, service: SimulatedService, untilMs: number): Told {
	const told: Told = { posted: [], read: [], cancelled: [], answered: [] };
	const keys = ['PROJ-1', 'PROJ-2'] as const;
	for (let client = chance.between(1, 4); client > 0; client--) void use(client);
	for (const key of keys) if (chance.decides(0.7)) void approve(key);
	return told;

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

	/** Who has a key tries again where no answer came; who has none cannot. */
	async function post(request: NewTask): Promise<CreateTaskOutcome | undefined> {
		for (let tries = request.idempotencyKey === undefined ? 1 : 4; tries > 0; tries--) {
			const outcome = await service.createTask(request).catch(() => undefined);
			if (outcome !== undefined) {
				told.posted.push({ request, outcome });
				return outcome;
			}
			await time.sleep(chance.between(0, 5000));
		}
		return undefined;
	}

	async function follow(task: Task): Promise<void> {
		const read: Task[] = [];
		told.read.push(read);
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

	async function cancel(task: Task): Promise<void> {
		const outcome = await service.cancelTask(task).catch(() => undefined);
		if (outcome?.kind !== 'requested') return;
		const { redriveCount } = outcome.task;
		told.cancelled.push({ task: outcome.task, redriveCount, atMs: time.now() });
	}

	/** Answers now and then, as several people might; what fails is sent again. */
	async function approve(key: string): Promise<void> {
		while (time.now() < untilMs) {
			await time.sleep(chance.between(1000, 60_000));
			for (let together = chance.between(1, 3); together > 0; together--) void answerOnce(key);
		}
	}

	async function answerOnce(key: string): Promise<void> {
		const message = `answer ${told.answered.length} ${chance.between(0, 1e9)}`;
		for (let tries = 3; tries > 0; tries--) {
			const answer: CallbackAnswer = {
				status: chance.pick(['success', 'failure']),
				message,
				answeredBy: { principal: PRINCIPAL },
				atMs: time.now(),
			};
			const outcome = await service
				.answerCallback({ principal: PRINCIPAL, callbackKey: key }, answer)
				.catch(() => undefined);
			if (outcome !== undefined) return void told.answered.push({ answer, outcome });
			await time.sleep(chance.between(0, 5000));
		}
	}

	function newRequest(client: number): NewTask {
		const base = { principal: PRINCIPAL, type: 'simulated', tags: {} };
		const key = chance.decides(0.5) ? { idempotencyKey: `key-${client}` } : {};
		if (chance.decides(0.5)) {
			const outcome = () => chance.pick(['SUCCEEDED', 'FAILED', 'TIMED_OUT']);
			const forMs = chance.decides(0.3) ? 0 : chance.between(1, 40_000);
			const job: Job = { kind: 'work', forMs, outcomes: [outcome(), outcome(), outcome()] };
			return { ...base, ...key, data: job };
		}
		const withinMs = chance.between(20_000, 200_000);
		const job: Job = { kind: 'approval', key: chance.pick(keys), withinMs };
		return {
			...base,
			...key,
			data: job,
			callback: { key: job.key, withinSeconds: 3600 },
		};
	}
}
