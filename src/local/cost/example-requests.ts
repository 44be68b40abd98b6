import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Type } from 'typebox';
import { parseJson } from '../../parse.ts';

const WORKFLOWS = resolve(import.meta.dirname, '../../workflows');

/** The task that stands for each workflow. */
export const EXAMPLES: Readonly<Record<string, string>> = {
	greeting: 'ada.json',
	order: 'shipped.json',
	'process-channels': 'two-channels.json',
	release: 'staging.json',
};

export function exampleRequest(type: string): { readonly type: string; readonly data: unknown } {
	const text = readFileSync(resolve(WORKFLOWS, type, 'examples', EXAMPLES[type] ?? ''), 'utf8');
	return parseJson(Type.Object({ type: Type.String(), data: Type.Unknown() }), text, 'example');
}

/** The story that a release waits for an answer to; other tasks have none. */
export function storyOf({ data }: { readonly data: unknown }): string | undefined {
	const story: unknown = Object(data).story_id;
	return typeof story === 'string' ? story : undefined;
}
