import type { Clock } from '../clock.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Branch } from './definition.ts';
import { StateError } from './errors.ts';
import type { Execution } from './execution.ts';
import type { Scope, Sources } from './expressions.ts';
import { type History, type HistoryEvent, NOT_TRUNCATED } from './history.ts';

/** A Task state's call of another service. */
export interface ServiceCall {
	/** Service and action, such as `lambda:invoke`. */
	readonly resource: string;
	readonly input: Json;
	/** Aborted when the result is no longer needed. */
	readonly signal: AbortSignal;
}

/** The result of a service call, or the error that the Task state fails with. */
export type ServiceAnswer =
	| { readonly ok: true; readonly output: Json }
	| { readonly ok: false; readonly error?: string | undefined; readonly cause?: string | undefined };

/** A Task state that waits for its callback. */
export interface WaitingTask {
	/** Records the outcome before it returns, so that an acknowledged callback survives a crash. */
	settle(answer: ServiceAnswer): void;
	heartbeat(): void;
}

/** The callback tokens of waiting tasks. */
export interface TaskTokens {
	/** Creates a token for a task of this execution. */
	issue(executionArn: string): string;
	/** Routes callbacks with this token to the task, until `remove`. */
	register(token: string, task: WaitingTask): void;
	remove(token: string): void;
	/** @throws AwsError `InvalidToken` for a malformed token, `TaskTimedOut` if the task no longer waits. */
	get(token: string): WaitingTask;
}

/** The context of one running execution. */
export interface Run {
	readonly execution: Execution;
	readonly machineName: string;
	readonly region: string;
	readonly history: History;
	readonly clock: Clock;
	readonly sources: Sources;
	readonly tokens: TaskTokens;
	readonly call: (call: ServiceCall) => Promise<ServiceAnswer>;
	/** Runs the states of a branch or an iteration and returns the output of the last one. */
	readonly visitStates: (run: Run, thread: Thread, input: Json) => Promise<Json>;
	/** The id of the last redrive's event; failures before it no longer count. 0 without a redrive. */
	readonly redrivenEventId: number;
}

/** A sequence of states: the machine itself, a branch, or an iteration. */
export interface Thread {
	readonly key: string;
	readonly branch: Branch;
	readonly signal: AbortSignal;
	/** `$states.context.Map` within an iteration. */
	readonly map?: JsonObject;
	variables: Record<string, Json>;
	/** The previous event for the next event of this thread. */
	lastEventId: number;
}

/** One visit of a state. */
export interface Visit {
	readonly key: string;
	readonly name: string;
	readonly input: Json;
	readonly enteredAtMs: number;
	readonly enteredEventId: number;
	/** The previous event of the entered event. */
	readonly beforeEventId: number;
	/** The number of this attempt, counted over all redrives. */
	readonly attempt: number;
	/** The retries since the state was entered or redriven. */
	readonly retryCount: number;
}

/** How a state ends. */
export interface Transition {
	readonly output: Json;
	readonly assigned: Readonly<Record<string, Json>>;
	/** Absent at the end of the thread. */
	readonly next?: string;
}

/** Ends a thread because a sibling thread has failed. */
export class SiblingFailed extends Error {
	override readonly name = 'SiblingFailed';
	/** The event of the sibling's failure. */
	readonly eventId: number;

	constructor(eventId: number) {
		super('A sibling thread failed.');
		this.eventId = eventId;
	}
}

/** Appends an event after the thread's last event, unless it was recorded before a restart. */
export function record(
	run: Run,
	thread: Thread,
	event: {
		readonly key: string;
		readonly type: string;
		readonly previousEventId?: number;
		readonly details?: JsonObject;
		readonly memo?: JsonObject;
	},
): HistoryEvent {
	const recorded =
		run.history.find(event.key) ?? run.history.append({ previousEventId: thread.lastEventId, ...event });
	thread.lastEventId = recorded.id;
	return recorded;
}

/** Returns a copy of a thread for events that do not advance it. */
export function forkThread(thread: Thread, lastEventId = thread.lastEventId): Thread {
	return { ...thread, lastEventId };
}

/** Makes a decision that depends on time or randomness, and stores it in an event's memo, so that a restart repeats it. */
export async function decideOnce<Value extends Json>(
	{ history }: Run,
	eventId: number,
	decision: string,
	is: (value: Json) => value is Value,
	decide: () => Promise<Value>,
): Promise<Value> {
	const decided = history.events[eventId - 1]?.memo?.[decision];
	if (decided !== undefined && is(decided)) return decided;
	const value = await decide();
	history.addMemo(eventId, { [decision]: value });
	return value;
}

/** Type guard for decisions that are numbers. */
export function isNumber(value: Json): value is number {
	return typeof value === 'number';
}

/** Resolves at this time, or at once if it has passed; rejects with the signal's reason when the signal aborts. */
export async function waitUntil(run: Run, atMs: number, signal: AbortSignal): Promise<void> {
	signal.throwIfAborted();
	if (atMs <= run.clock.now()) return;
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	const cancel = run.clock.after(atMs - run.clock.now(), resolve);
	const stop = () => {
		cancel();
		reject(signal.reason);
	};
	signal.addEventListener('abort', stop, { once: true });
	await promise.finally(() => signal.removeEventListener('abort', stop));
}

/** Creates the scope of a state's expressions: `$states` with the context object, and the thread's variables. */
export function createScope(
	run: Run,
	thread: Thread,
	visit: Visit,
	more: { token?: string; states?: JsonObject } = {},
): Scope {
	const { execution, machineName } = run;
	const context: JsonObject = {
		Execution: {
			Id: execution.arn,
			Input: JSON.parse(execution.input),
			Name: execution.name,
			RoleArn: execution.roleArn,
			StartTime: isoTime(execution.startedAtMs),
			RedriveCount: execution.redriveCount,
			...(execution.redrivenAtMs === undefined ? {} : { RedriveTime: isoTime(execution.redrivenAtMs) }),
		},
		State: { EnteredTime: isoTime(visit.enteredAtMs), Name: visit.name, RetryCount: visit.retryCount },
		StateMachine: { Id: execution.machineArn, Name: machineName },
		...(more.token === undefined ? {} : { Task: { Token: more.token } }),
		...(thread.map === undefined ? {} : { Map: thread.map }),
	};
	return { states: { input: visit.input, context, ...more.states }, variables: thread.variables };
}

/** Quota of Step Functions for the input and output of a state. */
const MAX_DATA_BYTES = 262_144;

/**
 * Serializes a value for the history.
 *
 * @param source the state or resource that returned the value
 * @throws StateError `States.DataLimitExceeded` above 256 KiB.
 */
export function serializeData(value: Json, source: string): string {
	const text = JSON.stringify(value);
	if (!exceedsDataLimit(text)) return text;
	throw new StateError('States.DataLimitExceeded', dataLimitCause(source));
}

/** The cause of `States.DataLimitExceeded`, as AWS words it. */
export function dataLimitCause(source: string): string {
	return `The state/task '${source}' returned a result with a size exceeding the maximum number of bytes service limit.`;
}

/** Whether a text is larger than 256 KiB. UTF-8 has at most three bytes for each UTF-16 unit, so most texts need no count. */
export function exceedsDataLimit(text: string): boolean {
	return text.length * 3 > MAX_DATA_BYTES && Buffer.byteLength(text) > MAX_DATA_BYTES;
}

/** The members of event details that show an output. */
export function outputDetails(output: string): JsonObject {
	return { output, outputDetails: { ...NOT_TRUNCATED } };
}

function isoTime(epochMs: number): string {
	return new Date(epochMs).toISOString();
}
