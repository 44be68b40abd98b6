import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Test } from 'tap';
import { isObject, type JsonObject } from '../../src/local-aws/json.ts';
import { HISTORIES } from './released.ts';

/**
 * Compares an execution's history with the committed `test/workflows/histories/<name>.json`: the type and the state of each
 * event. A change of the flow appears as a diff of that file. `TAP_SNAPSHOT=1` rewrites it.
 */
export function assertGolden(t: Test, name: string, historyEvents: readonly JsonObject[]): void {
	const file = new URL(`${name}.json`, HISTORIES);
	const history = historyEvents.map((event) => [String(event['type']), stateName(event)]);
	if (process.env['TAP_SNAPSHOT'] === '1') writeFileSync(file, `[\n${history.map(line).join(',\n')}\n]\n`);
	if (!existsSync(file)) {
		t.fail(`${name}.json is missing: run the test with TAP_SNAPSHOT=1`);
		return;
	}
	t.strictSame(history, JSON.parse(readFileSync(file, 'utf8')), `${name}: TAP_SNAPSHOT=1 rewrites it`);
}

/** Returns the name of the event's state, or an empty text. */
function stateName(event: JsonObject): string {
	const names = Object.values(event).map((details) => (isObject(details) ? details['name'] : undefined));
	return names.find((name) => typeof name === 'string') ?? '';
}

/** Returns one line of the file in the style of the formatter. */
function line(event: readonly string[]): string {
	return `\t[${event.map((part) => JSON.stringify(part)).join(', ')}]`;
}
