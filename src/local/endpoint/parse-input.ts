import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { AwsError } from './service.ts';

/** An operation's input as the schema says it is; throws AWS's ValidationException, naming the member. */
export function parseInput<Schema extends TSchema>(schema: Schema, input: unknown): Static<Schema> {
	if (Value.Check(schema, input)) return input;
	const [first] = Value.Errors(schema, input);
	const member = first?.instancePath.slice(1).replaceAll('/', '.') || 'input';
	throw new AwsError(
		'ValidationException',
		`1 validation error detected: ${member} ${first?.message ?? 'is not valid'}`,
	);
}
