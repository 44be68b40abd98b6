import type { Clock } from '../clock.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Branch } from './definition-schema.ts';
import type { Execution } from './execution.ts';
import type { Scope } from './expressions.ts';
import { type History, type HistoryEvent, NOT_TRUNCATED } from './history.ts';
import type { Sources } from './jsonata-functions.ts';
import { StateError } from './state-error.ts';
import type { TaskTokens } from './task-tokens.ts';

/** A call of a Task state to another service. */
export interface ServiceCall {
	readonly resource: string;
	readonly input: Json;
	readonly signal: AbortSignal;
}

export type ServiceAnswer =
	| { readonly ok: true; readonly output: Json }
	| { readonly ok: false; readonly error?: string | undefined; readonly cause?: string | undefined };

/** What every part of one running execution works with. */
export interface Run {
	readonly execution: Execution;
	readonly machineName: string;
	readonly region: string;
	readonly history: History;
	readonly clock: Clock;
	readonly sources: Sources;
	readonly tokens: TaskTokens;
	readonly call: (call: ServiceCall) => Promise<ServiceAnswer>;
	/** Goes through the states of a branch or an iteration; gives the last one's output. */
	readonly visitStates: (run: Run, thread: Thread, input: Json) => Promise<Json>;
	/** The last redrive's event: failures before it count no longer. */
	readonly redrivenEventId: number;
}

/** One line of states that follow each other: the machine itself, a branch, or an iteration. */
export interface Thread {
	readonly key: string;
	readonly branch: Branch;
	readonly signal: AbortSignal;
	/** What `$states.context.Map` is inside an iteration. */
	readonly map?: JsonObject;
	variables: Record<string, Json>;
	lastEventId: number;
}

/** One visit of a state. */
export interface Visit {
	readonly key: string;
	readonly name: string;
	readonly input: Json;
	readonly enteredAtMs: number;
	readonly enteredEventId: number;
	/** The event that its entering follows. */
	readonly afterEventId: number;
	/** Which try at its work this is, of all that were ever made. */
	readonly attempt: number;
	/** How many retries came before this try since the state was entered or redriven. */
	readonly retryCount: number;
}

/** How a state is left. */
export interface Transition {
	readonly output: Json;
	readonly assigned: Readonly<Record<string, Json>>;
	/** Absent at the end of the thread. */
	readonly next?: string;
}

/** Why a thread ends that has done nothing wrong: a sibling's failure stops it. */
export class SiblingFailed extends Error {
	override readonly name = 'SiblingFailed';
	/** The failure's event. */
	readonly eventId: number;

	constructor(eventId: number) {
		super('A sibling has failed.');
		this.eventId = eventId;
	}
}

/** Records an event, after the thread's last one where nothing else is said, unless it was recorded before a restart. */
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

/**
 * Decides what must stay as it is though chance or the clock has a say in it, and keeps it with that event:
 * a restart finds it decided.
 */
export async function decideOnce<Value extends Json>(
	{ history }: Run,
	eventId: number,
	what: string,
	is: (value: Json) => value is Value,
	decide: () => Promise<Value>,
): Promise<Value> {
	const decided = history.events[eventId - 1]?.memo?.[what];
	if (decided !== undefined && is(decided)) return decided;
	const value = await decide();
	history.note(eventId, { [what]: value });
	return value;
}

export function isNumber(value: Json): value is number {
	return typeof value === 'number';
}

/** Resolves at that time, or now where it has passed; rejects with the signal's reason once it aborts. */
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

/** What expressions of a state see: `$states` with the context object, and the thread's variables. */
export function scopeOf(
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

const LARGEST_BYTES = 262_144;

/** A value as history shows it. `States.DataLimitExceeded` above 256 KiB; `of` names the state or resource. */
export function dataText(value: Json, of: string): string {
	const text = JSON.stringify(value);
	if (!isTooLong(text)) return text;
	throw new StateError(
		'States.DataLimitExceeded',
		`The state/task '${of}' returned a result with a size exceeding the maximum number of bytes service limit.`,
	);
}

/** UTF-8 has at most three bytes for each of a JavaScript string's units. */
export function isTooLong(text: string): boolean {
	return text.length * 3 > LARGEST_BYTES && Buffer.byteLength(text) > LARGEST_BYTES;
}

export function outputDetails(output: string): JsonObject {
	return { output, outputDetails: { ...NOT_TRUNCATED } };
}

function isoTime(epochMs: number): string {
	return new Date(epochMs).toISOString();
}
