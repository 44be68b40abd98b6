import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as Type from 'typebox';
import { parseJson } from '../../parse.ts';

const WORKFLOWS = resolve(import.meta.dirname, '../../workflows');

/** Example that represents a workflow; default: the first. */
const TYPICAL: Readonly<Record<string, string>> = {
	order: 'shipped.json',
	'process-channels': 'two-channels.json',
};

/** Returns the task that represents a workflow. */
export function exampleRequest(type: string): { readonly type: string; readonly data: unknown } {
	const folder = resolve(WORKFLOWS, type, 'examples');
	const [first = ''] = readdirSync(folder).toSorted();
	const text = readFileSync(resolve(folder, TYPICAL[type] ?? first), 'utf8');
	return parseJson(Type.Object({ type: Type.String(), data: Type.Unknown() }), text, 'example');
}
