import type { Clock } from '../clock.ts';
import type { Branch } from './definition-schema.ts';
import type { Execution } from './execution.ts';
import { evaluate, type Scope } from './expressions.ts';
import { type History, type HistoryEvent, NOT_TRUNCATED } from './history.ts';
import type { Json, JsonObject } from './json.ts';
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
	| { readonly ok: false; readonly error: string; readonly cause: string };

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
}

/** How a state is left. */
export interface Transition {
	readonly output: Json;
	readonly assigned: Readonly<Record<string, Json>>;
	/** Absent at the end of the thread. */
	readonly next?: string;
}

/** Why a thread ends that has done nothing wrong: its execution or its siblings are over. */
export class Stopped extends Error {
	override readonly name = 'Stopped';
}

/** Records an event after the thread's last one, unless it was recorded before a restart. */
export function record(
	run: Run,
	thread: Thread,
	event: {
		readonly key: string;
		readonly type: string;
		readonly details?: JsonObject;
		readonly memo?: JsonObject;
	},
): HistoryEvent {
	const recorded =
		run.history.find(event.key) ?? run.history.append({ ...event, previousEventId: thread.lastEventId });
	thread.lastEventId = recorded.id;
	return recorded;
}

/** Resolves at that time; rejects with the signal's reason once it aborts. */
export function waitUntil(run: Run, atMs: number, signal: AbortSignal): Promise<void> {
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	const cancel = run.clock.after(atMs - run.clock.now(), resolve);
	const stop = () => {
		cancel();
		reject(signal.reason);
	};
	if (signal.aborted) stop();
	signal.addEventListener('abort', stop, { once: true });
	return promise.finally(() => signal.removeEventListener('abort', stop));
}

/** What expressions of a state see: `$states` with the context object, and the thread's variables. */
export function scopeOf(
	run: Run,
	thread: Thread,
	visit: Visit,
	more: { retryCount?: number; token?: string; states?: JsonObject } = {},
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
		State: { EnteredTime: isoTime(visit.enteredAtMs), Name: visit.name, RetryCount: more.retryCount ?? 0 },
		StateMachine: { Id: execution.machineArn, Name: machineName },
		...(more.token === undefined ? {} : { Task: { Token: more.token } }),
		...(thread.map === undefined ? {} : { Map: thread.map }),
	};
	return { states: { input: visit.input, context, ...more.states }, variables: thread.variables };
}

/** Evaluates a field of a state; a failure is told in the history. */
export async function evaluateField(
	run: Run,
	thread: Thread,
	visit: Visit,
	field: string,
	template: Json,
	scope: Scope,
): Promise<Json> {
	try {
		return await evaluate(template, scope, run.sources, field);
	} catch (error) {
		if (error instanceof StateError) {
			const cause = error.why ?? '';
			const key = `${visit.key}/evaluation/${run.history.events.length}`;
			record(run, thread, {
				key,
				type: 'EvaluationFailed',
				details: { error: error.error, cause, location: field, state: visit.name },
			});
		}
		throw error;
	}
}

const LARGEST_BYTES = 262_144;

/** A value as history shows it. `States.DataLimitExceeded` above 256 KiB. */
export function dataText(value: Json, what: string): string {
	const text = JSON.stringify(value);
	if (text.length * 3 > LARGEST_BYTES && Buffer.byteLength(text) > LARGEST_BYTES) {
		throw new StateError(
			'States.DataLimitExceeded',
			`${what} has more than the maximum of ${LARGEST_BYTES} bytes.`,
		);
	}
	return text;
}

export function outputDetails(output: string): JsonObject {
	return { output, outputDetails: { ...NOT_TRUNCATED } };
}

function isoTime(epochMs: number): string {
	return new Date(epochMs).toISOString();
}
