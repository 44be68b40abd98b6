import jsonata from 'jsonata';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { bindFunctions, type Sources } from './jsonata-functions.ts';
import { StateError } from './state-error.ts';

/** What an expression sees: `$states`, and the variables by their names. */
export interface Scope {
	readonly states: JsonObject;
	readonly variables: Readonly<Record<string, Json>>;
}

/** Whether a string of a definition is to be evaluated: all of it is between `{%` and `%}`. */
export function isExpression(value: unknown): value is string {
	return typeof value === 'string' && value.startsWith('{%') && value.endsWith('%}');
}

/** Whether there is anything in a template to evaluate. */
export function hasExpression(template: Json): boolean {
	if (typeof template !== 'object' || template === null) return isExpression(template);
	return Object.values(template).some(hasExpression);
}

/** The template with each of its expressions evaluated. `field` is told where one fails: `States.QueryEvaluationError`. */
export async function evaluate(template: Json, scope: Scope, sources: Sources, field: string): Promise<Json> {
	if (isExpression(template)) return evaluateExpression(template, scope, sources, field);
	if (!hasExpression(template)) return template;
	if (Array.isArray(template)) {
		return Promise.all(template.map((item, index) => evaluate(item, scope, sources, `${field}[${index}]`)));
	}
	if (!isObject(template)) return template;
	const members = await Promise.all(
		Object.entries(template).map(
			async ([name, member]) => [name, await evaluate(member, scope, sources, `${field}/${name}`)] as const,
		),
	);
	return Object.fromEntries(members);
}

async function evaluateExpression(
	text: string,
	{ states, variables }: Scope,
	sources: Sources,
	field: string,
): Promise<Json> {
	const failure = (why: string) =>
		new StateError(
			'States.QueryEvaluationError',
			`The JSONata expression '${text.slice(2, -2).trim()}' specified for the field '${field}' ${why}`,
			{ location: field },
		);
	let value: unknown;
	try {
		value = await compile(text, sources).evaluate(undefined, { ...variables, states });
	} catch (error) {
		const { code, message } = Object(error);
		throw failure(
			`threw an error during evaluation. ${code === undefined ? message : `${code}: ${message}`}`,
		);
	}
	if (value === undefined) throw failure('returned nothing (undefined).');
	try {
		return JSON.parse(JSON.stringify(value, refuseNonJson));
	} catch {
		throw failure('returned an unsupported result type.');
	}
}

/** A replacer: JSON would write a number that is none as null, and JSONata's functions as their inner workings. */
function refuseNonJson(_name: string, value: unknown): unknown {
	const { _jsonata_function: isFunction, _jsonata_lambda: isLambda } = Object(value);
	const isNonJson = typeof value === 'function' || isFunction === true || isLambda === true;
	if (isNonJson || (typeof value === 'number' && !Number.isFinite(value)))
		throw new TypeError('JSON has no such value');
	return value;
}

/** Compiled once for each text: one machine evaluates the same few expressions over and over. */
const compiled = new WeakMap<Sources, Map<string, jsonata.Expression>>();
const MOST_COMPILED = 2000;
/** An expression that never ends would hold up the whole process: a tail call by time (ms, far above what a busy process needs), any other call by depth. */
const GUARDRAILS = { timeout: 5000, stack: 4000 } as const;

function compile(text: string, sources: Sources): jsonata.Expression {
	let cache = compiled.get(sources);
	if (cache === undefined) compiled.set(sources, (cache = new Map()));
	let expression = cache.get(text);
	if (expression === undefined) {
		if (cache.size >= MOST_COMPILED) cache.clear();
		expression = jsonata(text.slice(2, -2), GUARDRAILS);
		bindFunctions(expression, sources);
		cache.set(text, expression);
	}
	return expression;
}
