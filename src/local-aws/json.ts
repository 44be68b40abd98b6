/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

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
