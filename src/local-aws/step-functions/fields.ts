import { type Json, textOf } from '../json.ts';
import { StateError } from './errors.ts';
import { evaluateTemplate, hasExpression, type Scope } from './expressions.ts';
import { decideOnce, type Run, record, type Thread, type Visit } from './run.ts';

/** The required type of a field's value. */
export interface Expected<Value extends Json> {
	/** The type's name in error messages. */
	readonly type: string;
	readonly is: (value: Json) => value is Value;
	/** Replaces the standard error message. */
	readonly describeMismatch?: (value: Json) => string;
}

/** Accepts every value. */
export const ANY: Expected<Json> = { type: 'any', is: (value): value is Json => value !== undefined };
/** Accepts arrays. */
export const ARRAY: Expected<Json[]> = { type: 'array', is: (value) => Array.isArray(value) };
/** Accepts booleans. */
export const BOOLEAN: Expected<boolean> = { type: 'boolean', is: (value) => typeof value === 'boolean' };
/** Accepts strings. */
export const STRING: Expected<string> = { type: 'string', is: (value) => typeof value === 'string' };
/** Accepts integers from 1. */
export const POSITIVE_INTEGER: Expected<number> = {
	type: 'positive integer',
	is: (value): value is number => typeof value === 'number' && Number.isInteger(value) && value > 0,
};
/** Accepts integers from 0. */
export const NON_NEGATIVE_INTEGER: Expected<number> = {
	type: 'non-negative integer',
	is: (value): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0,
};

/** Accepts RFC 3339 timestamps, with the error message of a Wait state. */
export const TIMESTAMP: Expected<string> = {
	type: 'timestamp',
	is: (value): value is string => typeof value === 'string' && isTimestamp(value),
	describeMismatch: (value) =>
		`The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
};

/** RFC 3339 as the Amazon States Language requires it: with upper-case `T` and `Z`. */
export function isTimestamp(text: string): boolean {
	const date = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(text)?.[1];
	return date !== undefined && !Number.isNaN(Date.parse(text)) && isCalendarDate(date);
}

/** `Date.parse` accepts February 30 and returns March 2. */
function isCalendarDate(date: string): boolean {
	return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
}

/** A state's field with the scope for its expressions. */
export interface Field {
	/** The path within the state, such as `Choices[0]/Condition`. */
	readonly name: string;
	readonly template: Json;
	readonly scope: Scope;
}

/** Evaluates a field that accepts any value. */
export function evaluateField(run: Run, thread: Thread, visit: Visit, field: Field): Promise<Json> {
	return evaluateAs(run, thread, visit, field, ANY);
}

/**
 * Evaluates a field that requires one type. The history records a failure.
 *
 * @throws StateError `States.QueryEvaluationError`
 */
export function evaluateAs<Value extends Json>(
	run: Run,
	thread: Thread,
	visit: Visit,
	{ name, template, scope }: Field,
	expected: Expected<Value>,
): Promise<Value> {
	return recordFailure(run, thread, visit, name, async () => {
		const value = await evaluateTemplate(template, scope, run.sources, name);
		if (expected.is(value)) return value;
		throw new StateError('States.QueryEvaluationError', mismatchMessage(name, template, value, expected), {
			location: name,
		});
	});
}

function mismatchMessage(
	name: string,
	template: Json,
	value: Json,
	{ type, describeMismatch }: Pick<Expected<Json>, 'type' | 'describeMismatch'>,
): string {
	if (describeMismatch !== undefined) return describeMismatch(value);
	const expression = textOf(template).slice(2, -2).trim();
	return `The JSONata expression '${expression}' specified for the field '${name}' returned an unexpected result type. Expected '${type}', but was '${typeName(value)}' for value: ${JSON.stringify(value)}`;
}

function typeName(value: Json): string {
	if (value === null) return 'null';
	return Array.isArray(value) ? 'array' : typeof value;
}

/** Evaluates a field once and keeps its value across restarts, because the expression may read the clock or use randomness. */
export async function evaluateOnce<Value extends Json>(
	run: Run,
	thread: Thread,
	visit: Visit,
	field: Field,
	expected: Expected<Value>,
	/** The event that keeps the value. */
	eventId = visit.enteredEventId,
): Promise<Value> {
	const decide = () => evaluateAs(run, thread, visit, field, expected);
	if (!hasExpression(field.template)) return decide();
	return decideOnce(run, eventId, `a${visit.attempt}/${field.name}`, expected.is, decide);
}

/** Adds the state to the cause of an error, as AWS does for errors of Step Functions itself. */
export function addState(
	{ name, enteredEventId }: Visit,
	{ errorName, causeText, alias, location }: StateError,
): StateError {
	const cause = `An error occurred while executing the state '${name}' (entered at the event id #${enteredEventId}). ${causeText ?? ''}`;
	return new StateError(errorName, cause, {
		...(alias === undefined ? {} : { alias }),
		...(location === undefined ? {} : { location }),
	});
}

/**
 * Evaluates with `evaluate` and records a failure as `EvaluationFailed`. A failure that was recorded before a restart is
 * thrown again, because the expression may read the clock or use randomness.
 *
 * @throws StateError the failure, with the state in its cause.
 */
export async function recordFailure<Value>(
	run: Run,
	thread: Thread,
	visit: Visit,
	field: string,
	evaluate: () => Promise<Value>,
): Promise<Value> {
	const key = `${visit.key}/a${visit.attempt}/${field}/failed/${run.execution.redriveCount}`;
	const recorded = run.history.find(key);
	if (recorded !== undefined) {
		thread.lastEventId = recorded.id;
		throw new StateError(textOf(recorded.details?.['error']), textOf(recorded.details?.['cause']));
	}
	try {
		return await evaluate();
	} catch (error) {
		if (!(error instanceof StateError)) throw error;
		const failure = addState(visit, error);
		record(run, thread, {
			key,
			type: 'EvaluationFailed',
			// AWS links a state's first failure to the event before the state was entered.
			...(thread.lastEventId === visit.enteredEventId ? { previousEventId: visit.beforeEventId } : {}),
			details: {
				error: failure.errorName,
				cause: failure.causeText ?? '',
				...(failure.location === undefined ? {} : { location: failure.location }),
				state: visit.name,
			},
		});
		throw failure;
	}
}
