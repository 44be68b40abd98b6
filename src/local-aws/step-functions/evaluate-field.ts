import { type Json, textOf } from '../json.ts';
import { evaluate, hasExpression, type Scope } from './expressions.ts';
import { decideOnce, type Run, record, type Thread, type Visit } from './run.ts';
import { StateError } from './state-error.ts';

/** What a field's value has to be. */
export interface Expected<Value extends Json> {
	/** As a message names it. */
	readonly type: string;
	readonly is: (value: Json) => value is Value;
}

export const ANY: Expected<Json> = { type: 'any', is: (value): value is Json => value !== undefined };
export const ARRAY: Expected<Json[]> = { type: 'array', is: (value) => Array.isArray(value) };
export const BOOLEAN: Expected<boolean> = { type: 'boolean', is: (value) => typeof value === 'boolean' };
export const STRING: Expected<string> = { type: 'string', is: (value) => typeof value === 'string' };
export const POSITIVE_INTEGER: Expected<number> = {
	type: 'positive integer',
	is: (value): value is number => typeof value === 'number' && Number.isInteger(value) && value > 0,
};
export const NON_NEGATIVE_INTEGER: Expected<number> = {
	type: 'non-negative integer',
	is: (value): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0,
};

/** Evaluates a field of a state; a failure is told in the history. */
export function evaluateField(
	run: Run,
	thread: Thread,
	visit: Visit,
	field: string,
	template: Json,
	scope: Scope,
): Promise<Json> {
	return telling(run, thread, visit, field, () => evaluate(template, scope, run.sources, field));
}

/** Evaluates a field that has to be of one type. */
export function evaluateAs<Value extends Json>(
	run: Run,
	thread: Thread,
	visit: Visit,
	field: string,
	template: Json,
	scope: Scope,
	{ type, is }: Expected<Value>,
): Promise<Value> {
	return telling(run, thread, visit, field, async () => {
		const value = await evaluate(template, scope, run.sources, field);
		if (is(value)) return value;
		throw new StateError(
			'States.QueryEvaluationError',
			`The JSONata expression '${textOf(template).slice(2, -2).trim()}' specified for the field '${field}' returned an unexpected result type. Expected '${type}', but was '${typeName(value)}' for value: ${JSON.stringify(value)}`,
		);
	});
}

/** Evaluates a field whose value a restart has to find as it was, even of an expression that reads the clock or chance. */
export async function evaluateOnce<Value extends Json>(
	run: Run,
	thread: Thread,
	visit: Visit,
	field: string,
	template: Json,
	scope: Scope,
	expected: Expected<Value>,
	/** The event to keep it with. */
	eventId = visit.enteredEventId,
): Promise<Value> {
	const decide = () => evaluateAs(run, thread, visit, field, template, scope, expected);
	if (!hasExpression(template)) return decide();
	return decideOnce(run, eventId, `a${visit.attempt}/${field}`, expected.is, decide);
}

/** The failure with the state in its cause, as AWS tells every failure that is its own and no service's. */
export function inState(
	{ name, enteredEventId }: Visit,
	{ error, why, alias, location }: StateError,
): StateError {
	const cause = `An error occurred while executing the state '${name}' (entered at the event id #${enteredEventId}). ${why ?? ''}`;
	return new StateError(error, cause, {
		...(alias === undefined ? {} : { alias }),
		...(location === undefined ? {} : { location }),
	});
}

/** A failure that was told before a restart stays: the expression may have read the clock or chance. */
async function telling<Value>(
	run: Run,
	thread: Thread,
	visit: Visit,
	field: string,
	work: () => Promise<Value>,
): Promise<Value> {
	const key = `${visit.key}/a${visit.attempt}/${field}/failed/${run.execution.redriveCount}`;
	const told = run.history.find(key);
	if (told !== undefined) {
		thread.lastEventId = told.id;
		throw new StateError(textOf(told.details?.['error']), textOf(told.details?.['cause']));
	}
	try {
		return await work();
	} catch (error) {
		if (!(error instanceof StateError)) throw error;
		const failure = inState(visit, error);
		record(run, thread, {
			key,
			type: 'EvaluationFailed',
			// AWS tells it in place of the state's entering where nothing else happened in the state.
			...(thread.lastEventId === visit.enteredEventId ? { previousEventId: visit.afterEventId } : {}),
			details: {
				error: failure.error,
				cause: failure.why ?? '',
				location: failure.location ?? field,
				state: visit.name,
			},
		});
		throw failure;
	}
}

function typeName(value: Json): string {
	if (value === null) return 'null';
	return Array.isArray(value) ? 'array' : typeof value;
}
