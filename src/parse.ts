import type { Static, TSchema } from 'typebox';
import * as Value from 'typebox/value';

/** A value from outside has an unexpected shape. The message names the member, not its value, which may be secret. */
export class UnexpectedShapeError extends Error {
	override readonly name = 'UnexpectedShapeError';
	readonly code = 'unexpected-shape';
}

/**
 * Checks a value against a schema and returns it typed. `label` is the start of the error's message.
 * @throws UnexpectedShapeError if the value does not match.
 */
export function parseValue<Schema extends TSchema>(
	schema: Schema,
	value: unknown,
	label: string,
): Static<Schema> {
	if (Value.Check(schema, value)) return value;
	const [first] = Value.Errors(schema, value);
	throw new UnexpectedShapeError(
		`${label}${first?.instancePath ?? ''} ${first?.message ?? 'has the wrong shape'}`,
	);
}

/**
 * Parses JSON and checks it against a schema. `label` is the start of the error's message.
 * @throws UnexpectedShapeError if the text is not JSON or does not match.
 */
export function parseJson<Schema extends TSchema>(
	schema: Schema,
	text: string,
	label: string,
): Static<Schema> {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (cause) {
		throw new UnexpectedShapeError(`${label} is not JSON`, { cause });
	}
	return parseValue(schema, value, label);
}
