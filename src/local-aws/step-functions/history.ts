import * as Type from 'typebox';
import type { JsonObject } from '../json.ts';
import { StateError } from './errors.ts';

/**
 * An event of an execution's history. The history is also the engine's journal: after a restart the engine skips all
 * work that an event records.
 */
export const HistoryEvent = Type.Object({
	id: Type.Integer(),
	previousEventId: Type.Integer(),
	timestampMs: Type.Number(),
	type: Type.String(),
	details: Type.Optional(Type.Unsafe<JsonObject>({ type: 'object' })),
	/** Identifies the recorded work by its path through the machine. */
	key: Type.String(),
	/** Data that a restart needs and that AWS does not show. */
	memo: Type.Optional(Type.Unsafe<JsonObject>({ type: 'object' })),
});

export type HistoryEvent = Type.Static<typeof HistoryEvent>;

/** An event before it has an id and a timestamp. */
export interface NewEvent {
	readonly key: string;
	readonly type: string;
	readonly previousEventId: number;
	readonly details?: JsonObject;
	readonly memo?: JsonObject;
}

/** The events of one execution. */
export interface History {
	readonly events: readonly HistoryEvent[];
	find(key: string): HistoryEvent | undefined;
	/** @throws StateError `States.Runtime` if the history is full. */
	append(event: NewEvent): HistoryEvent;
	/** Adds members to an event's memo. */
	addMemo(id: number, memo: JsonObject): void;
}

/** Quota of Step Functions: an execution fails when its history is full, and its last event records the failure. */
const MAX_EVENTS = 25_000;

/** Creates the history of these events; `save` receives every event that is appended or changed. */
export function createHistory(
	events: HistoryEvent[],
	{ now, save }: { readonly now: () => number; readonly save: (event: HistoryEvent) => void },
): History {
	const byKey = new Map(events.map((event) => [event.key, event]));
	return {
		events,
		find: (key) => byKey.get(key),
		append(newEvent) {
			const id = events.length + 1;
			if (id >= MAX_EVENTS && !newEvent.type.startsWith('Execution')) {
				throw new StateError(
					'States.Runtime',
					`The execution reached the maximum number of history events (${MAX_EVENTS}).`,
				);
			}
			const event = { ...newEvent, id, timestampMs: now() };
			events.push(event);
			byKey.set(event.key, event);
			save(event);
			return event;
		},
		addMemo(id, memo) {
			const before = events[id - 1];
			if (before === undefined) throw new Error(`The history has no event ${id}.`);
			const event = { ...before, memo: { ...before.memo, ...memo } };
			events[id - 1] = event;
			byKey.set(event.key, event);
			save(event);
		},
	};
}

/** The details of data that an event shows in full. */
export const NOT_TRUNCATED = { truncated: false } as const;

/** Returns an event in the form of GetExecutionHistory. Times are epoch seconds. */
export function toHistoryOutput(
	{ id, previousEventId, timestampMs, type, details }: HistoryEvent,
	includesData: boolean,
): JsonObject {
	const event = { id, previousEventId, timestamp: timestampMs / 1000, type };
	if (details === undefined) return event;
	return { ...event, [detailsMember(type)]: includesData ? details : withoutData(details) };
}

const DATA_MEMBERS = new Set([
	'input',
	'inputDetails',
	'output',
	'outputDetails',
	'parameters',
	'assignedVariables',
	'assignedVariablesDetails',
]);

function withoutData(details: JsonObject): JsonObject {
	return Object.fromEntries(Object.entries(details).filter(([name]) => !DATA_MEMBERS.has(name)));
}

/** All state types share two members for entering and exiting; every other event type has its own member. */
function detailsMember(type: string): string {
	if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails';
	if (type.endsWith('StateExited')) return 'stateExitedEventDetails';
	return `${type.slice(0, 1).toLowerCase()}${type.slice(1)}EventDetails`;
}
