import type { FastifyRequest } from 'fastify';
import type { FastifySchemaValidationError } from 'fastify/types/schema.js';
import { shortenName } from '../requests/json-limits.ts';
import type { ValidationFault } from './problem.ts';

type Params = FastifySchemaValidationError['params'];

/** Maps Ajv's keywords to pydantic's error types and messages, which clients of the FastAPI service already handle. */
const MESSAGES: Readonly<Record<string, (params: Params) => { type: string; msg: string }>> = {
	required: () => ({ type: 'missing', msg: 'Field required' }),
	additionalProperties: () => ({ type: 'extra_forbidden', msg: 'Extra inputs are not permitted' }),
	discriminator: ({ error, tagValue }) =>
		error === 'tag' && tagValue === undefined
			? { type: 'missing', msg: 'Field required' }
			: { type: 'union_tag_invalid', msg: 'Input should be one of the known types' },
	const: ({ allowedValue }) => ({
		type: 'literal_error',
		msg: `Input should be ${JSON.stringify(allowedValue)}`,
	}),
	enum: ({ allowedValues }) => ({
		type: 'literal_error',
		msg: `Input should be one of ${JSON.stringify(allowedValues)}`,
	}),
	type: ({ type }) => ({
		type: `${TYPE_NAMES[String(type)] ?? String(type)}_type`,
		msg: `Input should be a valid ${TYPE_NAMES[String(type)] ?? String(type)}`,
	}),
	minLength: ({ limit }) => ({
		type: 'string_too_short',
		msg: `String should have at least ${String(limit)} characters`,
	}),
	maxLength: ({ limit }) => ({
		type: 'string_too_long',
		msg: `String should have at most ${String(limit)} characters`,
	}),
	pattern: ({ pattern }) => ({
		type: 'string_pattern_mismatch',
		msg: `String should match pattern '${String(pattern)}'`,
	}),
	format: ({ format }) => ({ type: 'string_format', msg: `String should be a valid ${String(format)}` }),
	minItems: ({ limit }) => ({ type: 'too_short', msg: `List should have at least ${String(limit)} items` }),
	maxItems: ({ limit }) => ({ type: 'too_long', msg: `List should have at most ${String(limit)} items` }),
	maxProperties: ({ limit }) => ({
		type: 'too_long',
		msg: `Object should have at most ${String(limit)} members`,
	}),
	propertyNames: () => ({ type: 'string_pattern_mismatch', msg: 'The name of this member is not allowed' }),
	minimum: ({ limit }) => ({
		type: 'greater_than_equal',
		msg: `Input should be greater than or equal to ${String(limit)}`,
	}),
	maximum: ({ limit }) => ({
		type: 'less_than_equal',
		msg: `Input should be less than or equal to ${String(limit)}`,
	}),
};

const TYPE_NAMES: Readonly<Record<string, string>> = {
	object: 'dict',
	array: 'list',
	boolean: 'bool',
	number: 'float',
};

/** Limits the size of the response to a body with thousands of invalid members. */
const MAX_FAULTS = 50;

/** Converts Ajv's errors to FastAPI's form. `part` is the part of the request: `body`, `path`, `query` or `header`. */
export function validationFaults(
	errors: readonly FastifySchemaValidationError[],
	part: string,
): ValidationFault[] {
	return errors
		.filter(({ schemaPath }) => !schemaPath.includes('/propertyNames/'))
		.slice(0, MAX_FAULTS)
		.map((error) => ({ loc: location(error, part), ...describeError(error) }));
}

function describeError({ keyword, params, message }: FastifySchemaValidationError) {
	return MESSAGES[keyword]?.(params) ?? { type: keyword, msg: message ?? 'Input is not valid' };
}

function location(
	{ instancePath, keyword, params }: FastifySchemaValidationError,
	part: string,
): ValidationFault['loc'] {
	const members = instancePath.split('/').slice(1).map(unescapePointer);
	const own = {
		required: params['missingProperty'],
		additionalProperties: params['additionalProperty'],
		discriminator: params['tag'],
		propertyNames: params['propertyName'],
	}[keyword];
	const names = [...members, ...(typeof own === 'string' ? [own] : [])];
	return [part, ...names.map((name) => (typeof name === 'string' ? shortenName(name) : name))];
}

/** Decodes a segment of a JSON pointer (RFC 6901). Digits become an array index, as in FastAPI's `loc`. */
function unescapePointer(member: string): string | number {
	return /^\d+$/.test(member) ? Number(member) : member.replaceAll('~1', '/').replaceAll('~0', '~');
}

const TASK_POINTER = /^\/tasks\/(\d+)(?=\/|$)/;

/**
 * Groups the validation errors of a batch by the index of the task, with locations as in a request for that task alone.
 * @throws the validation error itself if the batch, rather than one of its tasks, is invalid.
 */
export function faultsByTask(error: FastifyRequest['validationError']): Map<number, ValidationFault[]> {
	if (error === undefined) return new Map();
	const validation: readonly FastifySchemaValidationError[] = error.validation;
	if (
		error.validationContext !== 'body' ||
		!validation.every(({ instancePath }) => TASK_POINTER.test(instancePath))
	)
		throw error;
	const byTask = Map.groupBy(validation, ({ instancePath }) => Number(TASK_POINTER.exec(instancePath)?.[1]));
	return new Map(
		[...byTask].map(([index, faults]) => [
			index,
			validationFaults(
				faults.map((fault) => ({ ...fault, instancePath: fault.instancePath.replace(TASK_POINTER, '') })),
				'body',
			),
		]),
	);
}
