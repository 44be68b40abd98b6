/** A value as JSON can write it. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

export interface JsonObject {
	[member: string]: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text as it is, anything else as JSON; nothing is the empty text. */
export function textOf(value: Json | undefined): string {
	return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
