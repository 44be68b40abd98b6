import type { Static, TSchema } from 'typebox';
import * as Value from 'typebox/value';

/** Input from outside the process does not match its schema. The message names the member, not its value, which may be secret. */
export class UnexpectedShapeError extends Error {
	override readonly name = 'UnexpectedShapeError';
	readonly code = 'unexpected-shape';
}

/**
 * Returns the value, typed by the schema.
 * @param subject begins the error message.
 * @throws {@link UnexpectedShapeError} if the value does not match.
 */
export function parseValue<Schema extends TSchema>(
	schema: Schema,
	value: unknown,
	subject: string,
): Static<Schema> {
	if (Value.Check(schema, value)) return value;
	const [first] = Value.Errors(schema, value);
	throw new UnexpectedShapeError(
		`${subject}${first?.instancePath ?? ''} ${first?.message ?? 'does not match the schema'}`,
	);
}

/**
 * Parses JSON text and checks it against the schema.
 * @throws {@link UnexpectedShapeError} if the text is not JSON or does not match.
 */
export function parseJson<Schema extends TSchema>(
	schema: Schema,
	text: string,
	subject: string,
): Static<Schema> {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (cause) {
		throw new UnexpectedShapeError(`${subject} is not JSON`, { cause });
	}
	return parseValue(schema, value, subject);
}
