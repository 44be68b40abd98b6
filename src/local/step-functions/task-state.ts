import type { TaskState } from './definition-schema.ts';
import { type HistoryEvent } from './history.ts';
import type { Json, JsonObject } from './json.ts';
import { withRetry } from './outcome.ts';
import {
	dataText,
	evaluateField,
	outputDetails,
	type Run,
	record,
	type ServiceAnswer,
	scopeOf,
	type Thread,
	type Transition,
	type Visit,
	waitUntil,
} from './run.ts';
import { StateError } from './state-error.ts';
import { resourceOf, type TaskResource } from './task-resource.ts';

/** A Task: calls another service, and waits for its answer or for a callback. */
export function runTask(run: Run, thread: Thread, state: TaskState, visit: Visit): Promise<Transition> {
	let first = 0;
	while (
		(run.history.find(`${visit.key}/a${first}/outcome`)?.id ?? Number.POSITIVE_INFINITY) < run.redrivenEventId
	)
		first++;
	return withRetry(run, thread, visit, state, first, async ({ index, retryCount }) => {
		const attempt: TaskAttempt = {
			run,
			thread,
			visit,
			state,
			key: `${visit.key}/a${index}`,
			retryCount,
			resource: resourceOf(state.Resource),
		};
		return resultOf(attempt, await tryOnce(attempt));
	});
}

interface TaskAttempt {
	readonly run: Run;
	readonly thread: Thread;
	readonly visit: Visit;
	readonly state: TaskState;
	readonly key: string;
	readonly retryCount: number;
	readonly resource: TaskResource;
}

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
			expire(attempt, signal, 'States.Timeout', scheduled.timestampMs + limits.timeoutSeconds * 1000),
		]);
	} finally {
		ended.abort();
	}
}

/** Records what is going to be called; a restart calls the very same again. */
async function schedule({
	run,
	thread,
	visit,
	state,
	key,
	retryCount,
	resource,
}: TaskAttempt): Promise<HistoryEvent> {
	const before = run.history.find(`${key}/scheduled`);
	if (before !== undefined) return record(run, thread, { key: before.key, type: before.type });
	const token = resource.waitsForToken ? run.tokens.issue(run.execution.arn) : undefined;
	const scope = scopeOf(run, thread, visit, { retryCount, ...(token === undefined ? {} : { token }) });
	const field = (name: string, template: Json) => evaluateField(run, thread, visit, name, template, scope);
	const input = state.Arguments === undefined ? visit.input : await field('Arguments', state.Arguments);
	const timeoutInSeconds =
		state.TimeoutSeconds === undefined
			? undefined
			: seconds('TimeoutSeconds', await field('TimeoutSeconds', state.TimeoutSeconds));
	const heartbeatInSeconds =
		state.HeartbeatSeconds === undefined
			? undefined
			: seconds('HeartbeatSeconds', await field('HeartbeatSeconds', state.HeartbeatSeconds));
	const limits = {
		...(timeoutInSeconds === undefined ? {} : { timeoutInSeconds }),
		...(heartbeatInSeconds === undefined ? {} : { heartbeatInSeconds }),
	};
	const text = dataText(input, `The arguments of the state ${visit.name}`);
	return record(run, thread, {
		key: `${key}/scheduled`,
		type: resource.events.scheduled,
		details: resource.scheduledDetails({ input: text, region: run.region, limits }),
		memo: { input, ...limits, ...(token === undefined ? {} : { token }) },
	});
}

function seconds(field: string, value: Json): number {
	if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
	throw new StateError('States.QueryEvaluationError', `The field '${field}' needs a positive integer.`);
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
	return awaitCallback(attempt, { token, input, signal, heartbeatSeconds: limits.heartbeatSeconds });
}

interface Callback {
	readonly token: string;
	readonly input: Json;
	readonly signal: AbortSignal;
	readonly heartbeatSeconds: number | undefined;
}

/** Submits the task and waits for its token to come back, which may be before the submission is answered. */
async function awaitCallback(
	attempt: TaskAttempt,
	{ token, input, signal, heartbeatSeconds }: Callback,
): Promise<HistoryEvent> {
	const { run, thread, key, resource } = attempt;
	const { promise, resolve, reject } = Promise.withResolvers<HistoryEvent>();
	let silence = new AbortController();
	const heartbeat = () => {
		silence.abort();
		silence = new AbortController();
		if (heartbeatSeconds === undefined) return;
		const quiet = AbortSignal.any([signal, silence.signal]);
		expire(attempt, quiet, 'States.HeartbeatTimeout', run.clock.now() + heartbeatSeconds * 1000).then(
			resolve,
			() => undefined,
		);
	};
	run.tokens.await(token, {
		heartbeat,
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
	heartbeat();
	promise.catch(() => undefined);
	if (run.history.find(`${key}/submitted`) === undefined) {
		const answer = await run.call({ resource: resource.service, input: resource.callInput(input), signal });
		if (run.history.find(`${key}/outcome`) !== undefined || signal.aborted) return promise;
		if (!answer.ok) return settle(attempt, answer);
		record(run, thread, {
			key: `${key}/submitted`,
			type: 'TaskSubmitted',
			details: { ...resource.names, ...outputDetails(dataText(answer.output, 'The answer')) },
		});
	}
	return promise;
}

/** Records the attempt's end; an end that is there already stays. */
function settle({ run, thread, key, resource }: TaskAttempt, answer: ServiceAnswer): HistoryEvent {
	if (!answer.ok) {
		const { error, cause } = answer;
		return record(run, thread, {
			key: `${key}/outcome`,
			type: resource.events.failed,
			details: { ...resource.names, error, cause },
		});
	}
	const output = resource.resultOf(answer.output);
	return record(run, thread, {
		key: `${key}/outcome`,
		type: resource.events.succeeded,
		details: { ...resource.names, ...outputDetails(JSON.stringify(output)) },
	});
}

/** Records that the time is over. Rejects where the attempt ends first. */
async function expire(
	{ run, thread, key, resource }: TaskAttempt,
	signal: AbortSignal,
	error: string,
	atMs: number,
): Promise<HistoryEvent> {
	await waitUntil(run, atMs, signal);
	return record(run, thread, {
		key: `${key}/outcome`,
		type: resource.events.timedOut,
		details: { ...resource.names, error },
	});
}

function about({ names }: TaskResource): { details?: JsonObject } {
	return Object.keys(names).length === 0 ? {} : { details: { ...names } };
}

/** What an outcome says. Throws the failure that it records. */
function resultOf({ visit }: TaskAttempt, { details = {} }: HistoryEvent): Json {
	const { error, cause, output } = details;
	if (typeof error === 'string') throw new StateError(error, typeof cause === 'string' ? cause : undefined);
	const result: Json = JSON.parse(typeof output === 'string' ? output : 'null');
	dataText(result, `The result of the state ${visit.name}`);
	return result;
}
