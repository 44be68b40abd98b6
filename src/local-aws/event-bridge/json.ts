/** A value as JSON has it. */
export type Json = JsonLeaf | readonly Json[] | { readonly [member: string]: Json };

/** A value that holds no others. */
export type JsonLeaf = string | number | boolean | null;

/** Tells objects from arrays, leaves and undefined. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text as JSON; undefined where it is not. */
export function parseJsonText(text: string): Json | undefined {
	try {
		const value: Json = JSON.parse(text);
		return value;
	} catch {
		return undefined;
	}
}
