import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
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
	if (matches(schema, value)) return value;
	const [first] = Value.Errors(schema, value);
	throw new UnexpectedShapeError(
		`${subject}${first?.instancePath ?? ''} ${first?.message ?? 'does not match the schema'}`,
	);
}

const validators = new WeakMap<TSchema, { Check(value: unknown): boolean }>();

/** Compiles a schema on first use: a compiled check takes about a hundredth of the time. */
function matches<Schema extends TSchema>(schema: Schema, value: unknown): value is Static<Schema> {
	const validator = validators.get(schema) ?? Compile(schema);
	validators.set(schema, validator);
	return validator.Check(value);
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
