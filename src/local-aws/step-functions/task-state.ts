import type { Json, JsonObject } from '../json.ts';
import type { TaskState } from './definition-schema.ts';
import { evaluateAs, evaluateField, POSITIVE_INTEGER } from './evaluate-field.ts';
import { type HistoryEvent } from './history.ts';
import { withRetry } from './outcome.ts';
import {
	dataText,
	isTooLong,
	outputDetails,
	type Run,
	record,
	scopeOf,
	type Thread,
	type Transition,
	type Visit,
} from './run.ts';
import { expire, resultOf, settle, type TaskAttempt, tooLong } from './task-outcome.ts';
import { resourceOf, type TaskResource } from './task-resource.ts';

/** A Task: calls another service, and waits for its answer or for a callback. */
export function runTask(run: Run, thread: Thread, state: TaskState, visit: Visit): Promise<Transition> {
	return withRetry(run, thread, visit, state, async (tried) => {
		// A redrive tries a Task anew.
		const key = `${tried.key}/r${run.execution.redriveCount}/a${tried.attempt}`;
		const attempt = { run, thread, visit: tried, state, key, resource: resourceOf(state.Resource) };
		return resultOf(attempt, await tryOnce(attempt));
	});
}

/** Why what an attempt has begun is given up. Without a reason each abort would make an error, with a stack that nobody reads. */
const ENDED = 'The attempt has ended.';

/** The attempt's outcome, which is in the history by then. */
async function tryOnce(attempt: TaskAttempt): Promise<HistoryEvent> {
	const { run, thread, key, resource } = attempt;
	const before = run.history.find(`${key}/outcome`);
	if (before !== undefined) {
		thread.lastEventId = before.id;
		return before;
	}
	const scheduled = await schedule(attempt);
	record(run, thread, { key: `${key}/started`, type: resource.events.started, ...about(resource) });
	const limits = limitsOf(scheduled);
	const ended = new AbortController();
	const signal = AbortSignal.any([thread.signal, ended.signal]);
	try {
		return await Promise.race([
			work(attempt, scheduled, signal, limits),
			expire(attempt, signal, scheduled.timestampMs + limits.timeoutSeconds * 1000),
		]);
	} finally {
		ended.abort(ENDED);
	}
}

/** Records what is going to be called; a restart calls the very same again. */
async function schedule({ run, thread, visit, state, key, resource }: TaskAttempt): Promise<HistoryEvent> {
	const before = run.history.find(`${key}/scheduled`);
	if (before !== undefined) return record(run, thread, { key: before.key, type: before.type });
	const token = resource.waitsForToken ? run.tokens.issue(run.execution.arn) : undefined;
	const scope = scopeOf(run, thread, visit, token === undefined ? {} : { token });
	const input =
		state.Arguments === undefined
			? visit.input
			: await evaluateField(run, thread, visit, 'Arguments', state.Arguments, scope);
	const seconds = async (field: 'TimeoutSeconds' | 'HeartbeatSeconds') => {
		const template = state[field];
		if (template === undefined) return undefined;
		return evaluateAs(run, thread, visit, field, template, scope, POSITIVE_INTEGER);
	};
	const timeoutInSeconds = await seconds('TimeoutSeconds');
	const heartbeatInSeconds = await seconds('HeartbeatSeconds');
	const limits = {
		...(timeoutInSeconds === undefined ? {} : { timeoutInSeconds }),
		...(heartbeatInSeconds === undefined ? {} : { heartbeatInSeconds }),
	};
	const text = dataText(input, visit.name);
	return record(run, thread, {
		key: `${key}/scheduled`,
		type: resource.events.scheduled,
		details: resource.scheduledDetails({ input: text, region: run.region, limits }),
		memo: { input, ...limits, ...(token === undefined ? {} : { token }) },
	});
}

/** Step Functions' own limit where a state names none: over three years. */
const LONGEST_SECONDS = 99_999_999;

interface Limits {
	readonly timeoutSeconds: number;
	readonly heartbeatSeconds: number | undefined;
}

function limitsOf({ memo }: HistoryEvent): Limits {
	const { timeoutInSeconds, heartbeatInSeconds } = memo ?? {};
	return {
		timeoutSeconds: typeof timeoutInSeconds === 'number' ? timeoutInSeconds : LONGEST_SECONDS,
		heartbeatSeconds: typeof heartbeatInSeconds === 'number' ? heartbeatInSeconds : undefined,
	};
}

async function work(
	attempt: TaskAttempt,
	scheduled: HistoryEvent,
	signal: AbortSignal,
	limits: Limits,
): Promise<HistoryEvent> {
	const { run, resource } = attempt;
	const token = scheduled.memo?.['token'];
	const input = scheduled.memo?.['input'] ?? null;
	if (typeof token !== 'string') {
		const answer = await run.call({ resource: resource.service, input: resource.callInput(input), signal });
		signal.throwIfAborted();
		return settle(attempt, answer);
	}
	return awaitCallback(attempt, {
		scheduled,
		token,
		input,
		signal,
		heartbeatSeconds: limits.heartbeatSeconds,
	});
}

interface Callback {
	readonly scheduled: HistoryEvent;
	readonly token: string;
	readonly input: Json;
	readonly signal: AbortSignal;
	readonly heartbeatSeconds: number | undefined;
}

/** Submits the task and waits for its token to come back, which may be before the submission is answered. */
async function awaitCallback(
	attempt: TaskAttempt,
	{ scheduled, token, input, signal, heartbeatSeconds }: Callback,
): Promise<HistoryEvent> {
	const { run, thread, key, resource } = attempt;
	const { promise, resolve, reject } = Promise.withResolvers<HistoryEvent>();
	let silence = new AbortController();
	const heartbeat = (dueMs = run.clock.now() + (heartbeatSeconds ?? 0) * 1000) => {
		silence.abort();
		silence = new AbortController();
		if (heartbeatSeconds === undefined) return;
		run.history.note(scheduled.id, { heartbeatDueMs: dueMs });
		const quiet = AbortSignal.any([signal, silence.signal]);
		expire(attempt, quiet, dueMs, 'States.HeartbeatTimeout').then(resolve, () => undefined);
	};
	run.tokens.await(token, {
		heartbeat: () => heartbeat(),
		settle(answer) {
			run.tokens.forget(token);
			resolve(settle(attempt, answer));
		},
	});
	signal.addEventListener(
		'abort',
		() => {
			silence.abort();
			run.tokens.forget(token);
			reject(signal.reason);
		},
		{ once: true },
	);
	const { heartbeatDueMs } = scheduled.memo ?? {};
	heartbeat(typeof heartbeatDueMs === 'number' ? heartbeatDueMs : undefined);
	promise.catch(() => undefined);
	if (run.history.find(`${key}/submitted`) === undefined) {
		const answer = await run.call({ resource: resource.service, input: resource.callInput(input), signal });
		if (run.history.find(`${key}/outcome`) !== undefined || signal.aborted) return promise;
		if (!answer.ok) return settle(attempt, answer);
		const output = JSON.stringify(answer.output);
		if (isTooLong(output)) return settle(attempt, tooLong(attempt));
		record(run, thread, {
			key: `${key}/submitted`,
			type: 'TaskSubmitted',
			details: { ...resource.names, ...outputDetails(output) },
		});
	}
	return promise;
}

function about({ names }: TaskResource): { details?: JsonObject } {
	return Object.keys(names).length === 0 ? {} : { details: { ...names } };
}
