import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
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
	if (matches(schema, value)) return value;
	const { pointer, message } = firstFault(schema, value);
	throw new UnexpectedShapeError(`${label}${pointer} ${message}`);
}

/** The first part of a value that does not match a schema. */
export interface Fault {
	/** JSON pointer of the part; empty for the value itself. */
	readonly pointer: string;
	/** The rule that it breaks, such as `must be string`. It does not contain the value. */
	readonly message: string;
}

/** Returns the first fault of a value, or `undefined` if it matches the schema. */
export function findFault(schema: TSchema, value: unknown): Fault | undefined {
	return matches(schema, value) ? undefined : firstFault(schema, value);
}

function firstFault(schema: TSchema, value: unknown): Fault {
	const [first] = Value.Errors(schema, value);
	if (first === undefined) return { pointer: '', message: 'has the wrong shape' };
	// TypeBox reports an unknown member as a value whose schema is `false`.
	const message = first.keyword === 'boolean' ? 'must be absent' : first.message;
	return { pointer: first.instancePath, message };
}

/**
 * Checks of a schema before it is compiled. Compiling takes as long as 20 to 100 interpreted checks (5 ms against
 * 0.24 ms for a task, 3 ms against 0.03 ms for an event), which a sandbox that ends early never regains.
 */
const MAX_INTERPRETED_CHECKS = 64;

interface SchemaChecks {
	count: number;
	compiled?: (value: unknown) => boolean;
}

const checksOf = new WeakMap<TSchema, SchemaChecks>();

/** Whether a value matches a schema. */
export function matches<Schema extends TSchema>(schema: Schema, value: unknown): value is Static<Schema> {
	const checks = checksOf.get(schema) ?? { count: 0 };
	if (checks.compiled !== undefined) return checks.compiled(value);
	if (checks.count === 0) checksOf.set(schema, checks);
	checks.count += 1;
	if (checks.count >= MAX_INTERPRETED_CHECKS) {
		const validator = Compile(schema);
		checks.compiled = (candidate) => validator.Check(candidate);
	}
	return Value.Check(schema, value);
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
