import * as Type from 'typebox';
import * as Value from 'typebox/value';

/** The master keys of a secret. During a rotation both keys are valid. */
const MasterKeys = Type.Object(
	{ current: Type.String({ minLength: 1 }), previous: Type.Optional(Type.String()) },
	{ additionalProperties: false },
);

/** Reads the secret with the master keys. `fresh` bypasses the cache. */
export type ReadMasterKeys = (options?: { readonly fresh: boolean }) => Promise<string>;

/**
 * Returns the keys of a secret's value, the current one first: one key as plain text, or JSON `{"current", "previous"}`.
 * `name` is part of the error message.
 *
 * @throws if the value is empty or has another form. The message never contains the value.
 */
export function parseMasterKeys(value: string, name: string): readonly [string, ...string[]] {
	if (value === '') throw new Error(`The ${name} is empty.`);
	if (!value.startsWith('{')) return [value];
	const keys = parseJson(value);
	if (!Value.Check(MasterKeys, keys))
		throw new Error(`The ${name} must be plain text or JSON {"current", "previous"}.`);
	const { current, previous = '' } = keys;
	return previous === '' ? [current] : [current, previous];
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
