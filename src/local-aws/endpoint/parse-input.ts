import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import * as Value from 'typebox/value';
import { AwsError } from './service.ts';

/**
 * Returns an operation's input, typed by the schema.
 * @throws {@link AwsError} `ValidationException`, which names the invalid member.
 */
export function parseInput<Schema extends TSchema>(schema: Schema, input: unknown): Static<Schema> {
	if (holds(schema, input)) return input;
	const [first] = Value.Errors(schema, input);
	const member = first?.instancePath.slice(1).replaceAll('/', '.') || 'input';
	throw new AwsError(
		'ValidationException',
		`1 validation error detected: ${member} ${first?.message ?? 'is not valid'}`,
	);
}

const validators = new WeakMap<TSchema, Validator>();

/** Compiles the schema on first use, since operations are called many times. */
function holds<Schema extends TSchema>(schema: Schema, input: unknown): input is Static<Schema> {
	const validator = validators.get(schema) ?? Compile(schema);
	validators.set(schema, validator);
	return validator.Check(input);
}
