import * as Type from 'typebox';
import type { JsonObject } from '../json.ts';
import { StateError } from './state-error.ts';

/** An event of an execution's history. It is the journal as well: what it records is not done again after a restart. */
export const HistoryEvent = Type.Object({
	id: Type.Integer(),
	previousEventId: Type.Integer(),
	timestampMs: Type.Number(),
	type: Type.String(),
	details: Type.Optional(Type.Unsafe<JsonObject>({ type: 'object' })),
	/** What of the execution it records, by the way to it through the machine. */
	key: Type.String(),
	/** What a restart has to know besides the details that AWS shows. */
	memo: Type.Optional(Type.Unsafe<JsonObject>({ type: 'object' })),
});

export type HistoryEvent = Type.Static<typeof HistoryEvent>;

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
	append(event: NewEvent): HistoryEvent;
	/** Keeps with an event what was decided after it was recorded. */
	note(id: number, memo: JsonObject): void;
}

/** AWS ends an execution whose history is full; the last event tells that. */
const MOST_EVENTS = 25_000;

/** The history of these events; `save` is told of each that is appended or noted on. */
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
			if (id >= MOST_EVENTS && !newEvent.type.startsWith('Execution')) {
				throw new StateError(
					'States.Runtime',
					`The execution reached the maximum number of history events (${MOST_EVENTS}).`,
				);
			}
			const event = { ...newEvent, id, timestampMs: now() };
			events.push(event);
			byKey.set(event.key, event);
			save(event);
			return event;
		},
		note(id, memo) {
			const noted = events[id - 1];
			if (noted === undefined) throw new Error(`There is no event ${id}.`);
			const event = { ...noted, memo: { ...noted.memo, ...memo } };
			events[id - 1] = event;
			byKey.set(event.key, event);
			save(event);
		},
	};
}

/** What AWS says of a text that it shows whole. */
export const NOT_TRUNCATED = { truncated: false } as const;
