import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Test } from 'tap';
import { isObject, type JsonObject } from '../../src/local-aws/json.ts';
import { HISTORIES } from './released.ts';

/**
 * Holds an execution's history against the committed `test/workflows/histories/<name>.json`: each event's type and its state's name.
 * A change of the flow is then seen as a diff of that file; `TAP_SNAPSHOT=1` writes it anew.
 */
export function assertGolden(t: Test, name: string, historyEvents: readonly JsonObject[]): void {
	const file = new URL(`${name}.json`, HISTORIES);
	const history = historyEvents.map((event) => [String(event['type']), stateName(event)]);
	if (process.env['TAP_SNAPSHOT'] === '1') writeFileSync(file, `[\n${history.map(line).join(',\n')}\n]\n`);
	if (!existsSync(file)) {
		t.fail(`${name}.json is not there: run the test with TAP_SNAPSHOT=1`);
		return;
	}
	t.strictSame(history, JSON.parse(readFileSync(file, 'utf8')), `${name}: TAP_SNAPSHOT=1 writes it anew`);
}

/** The state that an event tells of, or empty where it names none. */
function stateName(event: JsonObject): string {
	const names = Object.values(event).map((details) => (isObject(details) ? details['name'] : undefined));
	return names.find((name) => typeof name === 'string') ?? '';
}

/** One line of the file, as the formatter leaves it. */
function line(event: readonly string[]): string {
	return `\t[${event.map((part) => JSON.stringify(part)).join(', ')}]`;
}
