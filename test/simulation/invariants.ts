import { isDeepStrictEqual } from 'node:util';
import { executionReport } from '../../src/executions/execution-client.ts';
import type { CallbackAnswer } from '../../src/tasks/callbacks.ts';
import { isTerminal, type Task } from '../../src/tasks/task.ts';
import { executionName } from '../../src/tasks/task-message.ts';
import { mirroredStatus } from '../../src/tasks/transition.ts';
import { type Observed, PRINCIPALS } from './clients.ts';
import type { World } from './faulty-world.ts';
import { INVALID_OUTPUT, SIMULATED_ENDS } from './simulated-executions.ts';
import { RETENTION_SECONDS, type SimulatedService } from './simulated-service.ts';

/** Returns the violated guarantees as sentences that begin with the number of an invariant; none if the service is right. */
export async function findViolations(
	world: World,
	service: SimulatedService,
	observed: Observed,
	faultsEndMs: number,
): Promise<string[]> {
	const rows = await allRows(service);
	const faults = [
		...rows.flatMap((row) => rowFaults(row, service)),
		...executionFaults(rows, service),
		...postFaults(rows, service, observed),
		...observed.read.flatMap(readFaults),
		...cancelFaults(rows, service, observed, faultsEndMs),
		...listFaults(rows, observed),
		...new Set(service.neglected.map((principal) => `12: no due task of ${principal} was checked in a run`)),
		...answerFaults(rows, service, observed),
		...queueFaults(service),
		...deliveryFaults(rows, service, observed, world.time.now()),
	];
	if (faults.length > 0) return faults;
	return [...(await replayFaults(world, service)), ...(await expiryFaults(world, service, observed))];
}

async function allRows({ rows }: SimulatedService): Promise<readonly Task[]> {
	const pages = await Promise.all(PRINCIPALS.map((principal) => rows.list(principal, { limit: 100 })));
	const found = await Promise.all(pages.flatMap(({ tasks }) => tasks).map((task) => rows.get(task)));
	return found.filter((row) => row !== undefined);
}

/** Every row, known to its client or not, has the status of its execution, regardless of the order of events. */
function rowFaults(row: Task, { executions }: SimulatedService): string[] {
	const name = executionName(row);
	if (!isTerminal(row.status)) return [`1: ${name} stays ${row.status}`];
	const execution = executions.get(name);
	if (execution === undefined)
		return isCancelledBeforeStart(row) ? [] : [`1: ${name} is ${row.status} without an execution`];
	if (execution.snapshot.startedAtMs < (row.runAtMs ?? 0)) return [`14: ${name} started before its time`];
	const report = executionReport(row, execution.snapshot, SIMULATED_ENDS);
	const expected = mirroredStatus(row, report, RETENTION_SECONDS);
	const hasInvalidResult = execution.snapshot.output === INVALID_OUTPUT;
	const { expiresAtSeconds = 0, ...others } = expected;
	const said = Object.fromEntries(Object.keys(others).map((member) => [member, Object(row)[member]]));
	return [
		...(isDeepStrictEqual(said, others)
			? []
			: [`1, 4: ${name} says ${JSON.stringify(said)}, Step Functions ${JSON.stringify(others)}`]),
		...((row.error?.code === 'ResultInvalid') === hasInvalidResult
			? []
			: [`1: ${name} is ${row.status} with the output ${execution.snapshot.output ?? 'absent'}`]),
		// A refused redrive has extended it.
		...((row.expiresAtSeconds ?? 0) >= expiresAtSeconds ? [] : [`8: ${name} expires too early`]),
		...(row.waitingFor === undefined ? [] : [`1: ${name} has ended and still waits`]),
		...(row.checkAtMs === undefined ? [] : [`1: ${name} has ended and still has a scheduled check`]),
	];
}

/** Whether the task has the one end without an execution, which no check of it is to confirm. */
function isCancelledBeforeStart({ status, runAtMs, cancelRequestedAtMs, checkAtMs }: Task): boolean {
	return (
		status === 'ABORTED' &&
		runAtMs !== undefined &&
		cancelRequestedAtMs !== undefined &&
		cancelRequestedAtMs < runAtMs &&
		checkAtMs === undefined
	);
}

function executionFaults(rows: readonly Task[], { executions, lines }: SimulatedService): string[] {
	const names = new Set(rows.map(executionName));
	return [
		...[...executions.keys()].filter((name) => !names.has(name)).map((name) => `2: ${name} has no task`),
		...lines
			.filter(({ message }) => message === 'start rejected')
			.map(({ reason }) => `2: ${String(reason)}`),
	];
}

function postFaults(rows: readonly Task[], { executions }: SimulatedService, { posted }: Observed): string[] {
	return posted.flatMap(({ request, outcome }) => {
		if (!('task' in outcome)) return [];
		const { task } = outcome;
		const name = executionName(task);
		const row = rows.find(({ taskId }) => taskId === task.taskId);
		if (row?.createdAtMs !== task.createdAtMs) return [`5: ${name} was accepted and has no row`];
		const execution = executions.get(name);
		const ran: unknown = execution && JSON.parse(execution.snapshot.input).data;
		return ran === undefined || isDeepStrictEqual(ran, request.data)
			? []
			: [`5: ${name} was accepted for another request than the one that ran`];
	});
}

/** A reader sees no status go back, and an expiry exactly while the task is finished. */
function readFaults(read: readonly Task[]): string[] {
	return read.flatMap((task, index) => {
		const before = read[index - 1];
		const order = ({ status, redriveCount, resetCount = 0 }: Task) =>
			(redriveCount + resetCount) * 3 + (isTerminal(status) ? 2 : status === 'RUNNING' ? 1 : 0);
		return [
			...(before !== undefined && order(task) < order(before)
				? [`3: ${task.taskId} went from ${before.status} back to ${task.status}`]
				: []),
			...(isTerminal(task.status) === (task.expiresAtSeconds !== undefined)
				? []
				: [`8: ${task.taskId} is ${task.status} and expires at ${task.expiresAtSeconds}`]),
		];
	});
}

/** A check after a minute, a run of the reconciler a minute later, and the time that its calls take. */
const MAX_CANCEL_MS = 4 * 60_000;

function cancelFaults(
	rows: readonly Task[],
	{ executions }: SimulatedService,
	{ cancelled }: Observed,
	faultsEndMs: number,
): string[] {
	return cancelled.flatMap(({ task, redriveCount, atMs }) => {
		const snapshot = executions.get(executionName(task))?.snapshot;
		const row = rows.find(({ taskId }) => taskId === task.taskId);
		// A redrive withdraws the cancel.
		const isRedriven = row?.resetCount !== task.resetCount || snapshot?.redriveCount !== redriveCount;
		if (snapshot === undefined || isRedriven) return [];
		const { status, stoppedAtMs = Number.POSITIVE_INFINITY } = snapshot;
		return status === 'ABORTED' || stoppedAtMs < Math.max(atMs, faultsEndMs) + MAX_CANCEL_MS
			? []
			: [`8: ${executionName(task)} was cancelled and still ended ${status}`];
	});
}

/** A complete listing has every task that was accepted before it and had not expired, once. */
function listFaults(rows: readonly Task[], { posted, listed }: Observed): string[] {
	return listed.flatMap(({ principal, fromMs, toMs, ids }) => {
		const expected = posted.flatMap(({ outcome, atMs }) => {
			const row = 'task' in outcome ? rows.find(({ taskId }) => taskId === outcome.task.taskId) : undefined;
			if (row === undefined || row.principal !== principal || atMs >= fromMs) return [];
			return (row.expiresAtSeconds ?? Number.POSITIVE_INFINITY) * 1000 > toMs ? [row.taskId] : [];
		});
		return [
			...expected.filter((id) => !ids.includes(id)).map((id) => `10: ${id} is missing in a list`),
			...(new Set(ids).size === ids.length ? [] : [`10: a list of ${principal} repeats a task`]),
		];
	});
}

/** An answer this close to the end may arrive too late. */
const DELIVERY_MS = 60_000;

function answerFaults(
	rows: readonly Task[],
	{ executions }: SimulatedService,
	{ answered }: Observed,
): string[] {
	/** A cancel discards an early answer, also for a redrive that starts the task after all. */
	const isReset = (taskId: string) =>
		rows.some((row) => row.taskId === taskId && row.resetCount !== undefined);
	const all = [...executions.values()];
	const resumedBy = (given: CallbackAnswer) =>
		all.filter(({ answers }) => answers.some((answer) => isDeepStrictEqual(answer, given)));
	return [
		...all
			.filter(({ answers, snapshot }) => answers.length > 1 + snapshot.redriveCount)
			.map(({ task }) => `7: ${executionName(task)} was resumed by more than one answer`),
		...answered.flatMap(({ answer, outcome }) => {
			const { message } = answer;
			if (resumedBy(answer).length > 1) return [`7: ${message} resumed more than one execution`];
			if (outcome.kind !== 'accepted' || resumedBy(answer).length === 1) return [];
			return all
				.filter(
					({ task, isWaiting, snapshot }) =>
						task.taskId === outcome.taskId &&
						!isReset(task.taskId) &&
						isWaiting &&
						snapshot.status === 'TIMED_OUT' &&
						snapshot.redriveCount === 0 &&
						(snapshot.stoppedAtMs ?? 0) - answer.atMs > DELIVERY_MS,
				)
				.map(({ task }) => `7: ${executionName(task)} waited on though ${message} was accepted`);
		}),
	];
}

function queueFaults({ queues }: SimulatedService): string[] {
	return Object.entries(queues).flatMap(([name, { innocentFailures }]) =>
		innocentFailures.map((body) => `9: ${name} failed a valid message: ${body}`),
	);
}

/** A message is lost, found by the next run of the dispatcher, and handled. */
const MAX_DELIVERY_DELAY_MS = 5 * 60_000;

/** Every end that a client or the row shows has one delivery per webhook; each was sent, or waits for its next attempt. */
function deliveryFaults(
	rows: readonly Task[],
	{ deliveries, received }: SimulatedService,
	{ read }: Observed,
	nowMs: number,
): string[] {
	const all = deliveries.all();
	const identify = (task: Partial<Task>, webhookId: string, event: string) =>
		JSON.stringify([
			task.taskId,
			task.createdAtMs,
			task.redriveCount,
			task.resetCount ?? 0,
			webhookId,
			event,
		]);
	const known = all.map(({ task = {}, webhookId, event }) => identify(task, webhookId, event));
	const ends = [...rows, ...read.flat()].filter(({ status }) => isTerminal(status));
	const expected = ends.flatMap((task) =>
		(task.webhooks ?? []).map(({ webhookId }) =>
			identify(task, webhookId, `task.${task.status.toLowerCase()}`),
		),
	);
	return [
		...[...new Set(expected)].filter((id) => !known.includes(id)).map((id) => `13: ${id} has no delivery`),
		...(new Set(known).size === known.length ? [] : ['13: an event has two deliveries']),
		...all
			.filter(({ status, deliveryId }) => status === 'delivered' && !received.has(deliveryId))
			.map(({ deliveryId }) => `13: ${deliveryId} is delivered and did not arrive`),
		...all
			.filter(
				({ status, nextAttemptAtMs = 0 }) =>
					status === 'pending' && nextAttemptAtMs + MAX_DELIVERY_DELAY_MS < nowMs,
			)
			.map(({ deliveryId }) => `13: ${deliveryId} is overdue`),
	];
}

/** Sends every message again, in any order, and waits for all consequences. */
async function sendAllAgain({ time, chance }: World, service: SimulatedService): Promise<void> {
	const messages = Object.values(service.queues).flatMap((queue) =>
		queue.sent.map((body) => () => queue.send(body)),
	);
	for (const send of messages) time.after(chance.between(0, 60_000), send);
	await time.runUntil(time.now() + 10 * 60_000);
}

async function replayFaults(world: World, service: SimulatedService): Promise<string[]> {
	const before = await stateOf(service);
	await sendAllAgain(world, service);
	const after = await stateOf(service);
	return isDeepStrictEqual(before, after)
		? []
		: [`10: a replay made ${JSON.stringify(after)} of ${JSON.stringify(before)}`];
}

async function stateOf(service: SimulatedService) {
	return {
		rows: await allRows(service),
		executions: [...service.executions.values()].map(({ snapshot }) => snapshot),
		deliveries: service.deliveries.all().map(({ deliveryId, task }) => ({ deliveryId, task })),
	};
}

/** An expired row is not returned, and late messages neither create it anew nor change its successor. */
async function expiryFaults(
	world: World,
	service: SimulatedService,
	{ posted }: Observed,
): Promise<string[]> {
	const { time } = world;
	const rows = await allRows(service);
	const lastMs = Math.max(0, ...rows.map(({ expiresAtSeconds = 0 }) => expiresAtSeconds * 1000));
	await time.runUntil(Math.max(time.now(), lastMs));
	for (const row of rows) {
		const answer = service.getTask(row);
		await time.runUntil(time.now() + 1000);
		if ((await answer).kind !== 'expired') return [`8: ${row.taskId} has expired and is still returned`];
	}
	const keyed = posted.find(({ request }) => request.idempotencyKey !== undefined);
	if (keyed === undefined) return [];
	const answer = service.createTask(keyed.request);
	await sendAllAgain(world, service);
	const outcome = await answer;
	await time.runUntil(time.now() + 90 * 60_000);
	const successors = await allRows(service);
	if (outcome.kind !== 'accepted' || successors.length !== 1)
		return [`5: a key that has expired gave ${outcome.kind}, and ${successors.length} rows`];
	return successors.flatMap((row) => rowFaults(row, service));
}
