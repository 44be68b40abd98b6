import type { Json } from '../../json.ts';
import { MAX_SECONDS, type TaskState } from '../definition.ts';
import { evaluateAs, evaluateField, POSITIVE_INTEGER } from '../fields.ts';
import type { HistoryEvent } from '../history.ts';
import {
	createScope,
	exceedsDataLimit,
	outputDetails,
	type Run,
	record,
	serializeData,
	type Thread,
	type Transition,
	type Visit,
} from '../run.ts';
import {
	createTaskResource,
	outputTooLarge,
	readOutcome,
	recordOutcome,
	recordTimeout,
	type TaskAttempt,
} from './task-attempt.ts';
import { runWithRetry } from './transition.ts';

/** Runs a Task state: calls a service, and waits for its answer or for a callback. */
export function runTask(run: Run, thread: Thread, state: TaskState, visit: Visit): Promise<Transition> {
	return runWithRetry(run, thread, visit, state, async (current) => {
		// A redrive schedules the task again, so its number is part of the key.
		const key = `${current.key}/r${run.execution.redriveCount}/a${current.attempt}`;
		const attempt = { run, thread, visit: current, state, key, resource: createTaskResource(state.Resource) };
		return readOutcome(attempt, await runAttempt(attempt));
	});
}

/** The abort reason of an attempt's timers and calls. Without a reason, each abort would create an error with a stack. */
const ENDED = 'The attempt has ended.';

/** Returns the event of the attempt's outcome. */
async function runAttempt(attempt: TaskAttempt): Promise<HistoryEvent> {
	const { run, thread, key, resource } = attempt;
	const recorded = run.history.find(`${key}/outcome`);
	if (recorded !== undefined) {
		thread.lastEventId = recorded.id;
		return recorded;
	}
	const scheduled = await schedule(attempt);
	record(run, thread, {
		key: `${key}/started`,
		type: resource.events.started,
		...(Object.keys(resource.names).length === 0 ? {} : { details: { ...resource.names } }),
	});
	const { timeoutInSeconds } = scheduled.memo ?? {};
	const timeoutSeconds = typeof timeoutInSeconds === 'number' ? timeoutInSeconds : MAX_SECONDS;
	const ended = new AbortController();
	const signal = AbortSignal.any([thread.signal, ended.signal]);
	try {
		return await Promise.race([
			callService(attempt, scheduled, signal),
			recordTimeout(attempt, signal, scheduled.timestampMs + timeoutSeconds * 1000),
		]);
	} finally {
		ended.abort(ENDED);
	}
}

/** Records the call before it is made, so that a restart repeats exactly this call. */
async function schedule({ run, thread, visit, state, key, resource }: TaskAttempt): Promise<HistoryEvent> {
	const recorded = run.history.find(`${key}/scheduled`);
	if (recorded !== undefined) return record(run, thread, { key: recorded.key, type: recorded.type });
	const token = resource.waitsForToken ? run.tokens.issue(run.execution.arn) : undefined;
	const scope = createScope(run, thread, visit, token === undefined ? {} : { token });
	const input =
		state.Arguments === undefined
			? visit.input
			: await evaluateField(run, thread, visit, { name: 'Arguments', template: state.Arguments, scope });
	const seconds = async (name: 'TimeoutSeconds' | 'HeartbeatSeconds') => {
		const template = state[name];
		if (template === undefined) return undefined;
		return evaluateAs(run, thread, visit, { name, template, scope }, POSITIVE_INTEGER);
	};
	const timeoutInSeconds = await seconds('TimeoutSeconds');
	const heartbeatInSeconds = await seconds('HeartbeatSeconds');
	const limits = {
		...(timeoutInSeconds === undefined ? {} : { timeoutInSeconds }),
		...(heartbeatInSeconds === undefined ? {} : { heartbeatInSeconds }),
	};
	const text = serializeData(input, visit.name);
	return record(run, thread, {
		key: `${key}/scheduled`,
		type: resource.events.scheduled,
		details: resource.scheduledDetails({ input: text, region: run.region, limits }),
		memo: { input, ...limits, ...(token === undefined ? {} : { token }) },
	});
}

async function callService(
	attempt: TaskAttempt,
	scheduled: HistoryEvent,
	signal: AbortSignal,
): Promise<HistoryEvent> {
	const { run, resource } = attempt;
	const { token, input = null } = scheduled.memo ?? {};
	if (typeof token === 'string') return awaitCallback(attempt, { scheduled, token, input, signal });
	const answer = await run.call({ resource: resource.service, input: resource.callInput(input), signal });
	signal.throwIfAborted();
	return recordOutcome(attempt, answer);
}

interface Callback {
	readonly scheduled: HistoryEvent;
	readonly token: string;
	readonly input: Json;
	readonly signal: AbortSignal;
}

/** Submits the task and waits for its callback, which can arrive before the submission is answered. */
async function awaitCallback(attempt: TaskAttempt, callback: Callback): Promise<HistoryEvent> {
	const { run, key } = attempt;
	const { scheduled, token, signal } = callback;
	const { promise, resolve, reject } = Promise.withResolvers<HistoryEvent>();
	const heartbeat = createHeartbeat(attempt, callback, resolve);
	run.tokens.register(token, {
		heartbeat: () => heartbeat.restart(),
		settle(answer) {
			run.tokens.remove(token);
			resolve(recordOutcome(attempt, answer));
		},
	});
	const onAbort = () => {
		heartbeat.stop();
		run.tokens.remove(token);
		reject(signal.reason);
	};
	signal.addEventListener('abort', onAbort, { once: true });
	const { heartbeatDueMs } = scheduled.memo ?? {};
	heartbeat.restart(typeof heartbeatDueMs === 'number' ? heartbeatDueMs : undefined);
	promise.catch(() => undefined);
	if (run.history.find(`${key}/submitted`) !== undefined) return promise;
	return (await submit(attempt, callback)) ?? promise;
}

/** Calls the service that will send the callback. Returns the outcome if the call fails. */
async function submit(attempt: TaskAttempt, { input, signal }: Callback): Promise<HistoryEvent | undefined> {
	const { run, thread, key, resource } = attempt;
	const answer = await run.call({ resource: resource.service, input: resource.callInput(input), signal });
	if (run.history.find(`${key}/outcome`) !== undefined || signal.aborted) return undefined;
	if (!answer.ok) return recordOutcome(attempt, answer);
	const output = JSON.stringify(answer.output);
	if (exceedsDataLimit(output)) return recordOutcome(attempt, outputTooLarge(resource));
	record(run, thread, {
		key: `${key}/submitted`,
		type: 'TaskSubmitted',
		details: { ...resource.names, ...outputDetails(output) },
	});
	return undefined;
}

/** The timer of `HeartbeatSeconds`, whose due time survives a restart. Does nothing for states without a heartbeat. */
function createHeartbeat(
	attempt: TaskAttempt,
	{ scheduled, signal }: Callback,
	onTimeout: (outcome: HistoryEvent) => void,
) {
	const { run } = attempt;
	const { heartbeatInSeconds } = scheduled.memo ?? {};
	let timer = new AbortController();
	return {
		restart(dueMs?: number) {
			timer.abort(ENDED);
			if (typeof heartbeatInSeconds !== 'number') return;
			timer = new AbortController();
			const heartbeatDueMs = dueMs ?? run.clock.now() + heartbeatInSeconds * 1000;
			run.history.addMemo(scheduled.id, { heartbeatDueMs });
			const quiet = AbortSignal.any([signal, timer.signal]);
			recordTimeout(attempt, quiet, heartbeatDueMs, 'States.HeartbeatTimeout').then(
				onTimeout,
				() => undefined,
			);
		},
		stop: () => timer.abort(ENDED),
	};
}
