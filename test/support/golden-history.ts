import { readFile, writeFile } from 'node:fs/promises';
import type { Test } from 'tap';
import type { JsonObject } from '../../src/local/step-functions/json.ts';

/** What a history tells of its path: each event's type and the state it belongs to, `null` for the execution's own. */
export type Path = readonly (readonly [type: string, state: string | null])[];

const FOLDER = new URL('../workflows/histories/', import.meta.url);

/**
 * Holds the events of an execution, as GetExecutionHistory lists them, against `test/workflows/histories/<name>.json`, so
 * that a change of the flow is seen as a diff. With `TAP_SNAPSHOT=1` the file is written instead, to be read before it is committed.
 */
export async function matchHistory(t: Test, name: string, events: readonly JsonObject[]): Promise<void> {
	const file = new URL(`${name}.json`, FOLDER);
	const path = pathOf(events);
	if (process.env['TAP_SNAPSHOT'] === '1') await writeFile(file, textOf(path));
	const golden: unknown = JSON.parse(await readFile(file, 'utf8').catch(() => 'null'));
	t.strictSame(path, golden, `${name}: TAP_SNAPSHOT=1 writes what it should be`);
}

/** What ends a state that has others within: the event before it is of one of those. */
const END_OF_INNER = /^(?:Parallel|Map)State(?:Succeeded|Failed|Aborted)$/;

/** The path of a history. An event that names no state belongs to that of the event before it, where that can be said. */
export function pathOf(events: readonly JsonObject[]): Path {
	const states = new Map<unknown, string | null>();
	return events.map((event) => {
		const type = String(event['type']);
		const details = Object(event['stateEnteredEventDetails'] ?? event['stateExitedEventDetails']);
		const before = states.get(event['previousEventId']) ?? null;
		const state: string | null = details.name ?? (isNobodys(type) ? null : before);
		states.set(event['id'], state);
		return [type, state];
	});
}

function isNobodys(type: string): boolean {
	return type.startsWith('Execution') || END_OF_INNER.test(type);
}

/** One event a line, which is how a diff of it is read best, and how the formatter wants it. */
function textOf(path: Path): string {
	const lines = path.map(([type, state]) => `\t[${JSON.stringify(type)}, ${JSON.stringify(state)}]`);
	return `[\n${lines.join(',\n')}\n]\n`;
}
