/** A JSON value without members or elements. */
export type JsonLeaf = null | boolean | number | string;

/** A JSON value. */
export type Json = JsonLeaf | Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
	[member: string]: Json;
}

/** Returns `true` for an object that is neither an array nor `null`. */
export function isObject(value: Json | undefined): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns a string unchanged and any other value as JSON; `undefined` becomes the empty string. */
export function textOf(value: Json | undefined): string {
	return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** Parses JSON text; returns `undefined` for invalid JSON. */
export function parseJsonText(text: string): Json | undefined {
	try {
		const value: Json = JSON.parse(text);
		return value;
	} catch {
		return undefined;
	}
}
