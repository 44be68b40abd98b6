import type { Static, TSchema } from 'typebox';
import * as Value from 'typebox/value';

/** Something from outside does not have the shape agreed on. Names the member, not its value: values may be secret. */
export class UnexpectedShapeError extends Error {
	override readonly name = 'UnexpectedShapeError';
	readonly code = 'unexpected-shape';
}

/** The value as the schema says it is. `label` begins the message of the {@link UnexpectedShapeError} it throws. */
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

/** The JSON text as a value of the schema. Throws {@link UnexpectedShapeError}. */
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
