import { type Json, parseJsonText } from './json.ts';

/** An InputTemplate, ready to be filled. */
export interface InputTemplate {
	/** The names between `<` and `>`. */
	readonly placeholders: readonly string[];
	/** The payload, with each placeholder's value in its place. */
	fill(valueOf: (name: string) => Json | undefined): string;
}

const PLACEHOLDER = /<([\w.-]+)>/g;
const STRING_OR_PLACEHOLDER = /"(?:[^"\\]|\\.)*"|<([\w.-]+)>/g;
/** Marks the strings that stand for a placeholder out of quotes; a template cannot hold this character unescaped. */
const MARK = '\u0000';

/**
 * Reads a template. As JSON, a placeholder out of quotes becomes the value as it is, and a member whose value the event
 * lacks is left out; in quotes it becomes text. What is not JSON is plain text. Undefined for an object that is not JSON.
 */
export function parseTemplate(template: string): InputTemplate | undefined {
	const placeholders = [...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
	const json = parseJsonText(
		template.replaceAll(STRING_OR_PLACEHOLDER, (text, name?: string) =>
			name === undefined ? text : JSON.stringify(MARK + name),
		),
	);
	if (json !== undefined) return { placeholders, fill: (valueOf) => JSON.stringify(fillJson(json, valueOf)) };
	if (template.trimStart().startsWith('{')) return undefined;
	return { placeholders, fill: (valueOf) => fillText(template, valueOf) };
}

function fillJson(template: Json, valueOf: (name: string) => Json | undefined): unknown {
	if (typeof template === 'string') {
		return template.startsWith(MARK) ? valueOf(template.slice(1)) : fillText(template, valueOf);
	}
	if (typeof template !== 'object' || template === null) return template;
	if (Array.isArray(template)) return template.map((element: Json) => fillJson(element, valueOf));
	return Object.fromEntries(
		Object.entries(template).map(([name, member]) => [name, fillJson(member, valueOf)]),
	);
}

function fillText(text: string, valueOf: (name: string) => Json | undefined): string {
	return text.replaceAll(PLACEHOLDER, (_, name: string) => {
		const value = valueOf(name) ?? '';
		return typeof value === 'string' ? value : JSON.stringify(value);
	});
}
