import { createHash } from 'node:crypto';
import jsonata, { type Expression } from 'jsonata';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { StateError } from './errors.ts';

/** The sources of randomness and time for expressions. */
export interface Sources {
	readonly random: () => number;
	readonly newId: () => string;
	/** Epoch milliseconds. */
	readonly now: () => number;
}

/** The variables that an expression can read: `$states`, and assigned variables by name. */
export interface Scope {
	readonly states: JsonObject;
	readonly variables: Readonly<Record<string, Json>>;
}

/** Whether a string of a definition is an expression: `{%` and `%}` enclose all of it. */
export function isExpression(value: unknown): value is string {
	return typeof value === 'string' && value.startsWith('{%') && value.endsWith('%}');
}

/** Whether a template contains an expression. */
export function hasExpression(template: Json): boolean {
	if (typeof template !== 'object' || template === null) return isExpression(template);
	return Object.values(template).some(hasExpression);
}

/**
 * Evaluates every expression of a template.
 *
 * @param field the field's path, for error messages
 * @throws StateError `States.QueryEvaluationError` if an expression fails.
 */
export async function evaluateTemplate(
	template: Json,
	scope: Scope,
	sources: Sources,
	field: string,
): Promise<Json> {
	if (isExpression(template)) return evaluateExpression(template, scope, sources, field);
	if (!hasExpression(template)) return template;
	if (Array.isArray(template)) {
		return Promise.all(
			template.map((item, index) => evaluateTemplate(item, scope, sources, `${field}[${index}]`)),
		);
	}
	if (!isObject(template)) return template;
	const members = await Promise.all(
		Object.entries(template).map(
			async ([name, member]) =>
				[name, await evaluateTemplate(member, scope, sources, `${field}/${name}`)] as const,
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
	const failure = (reason: string) =>
		new StateError(
			'States.QueryEvaluationError',
			`The JSONata expression '${text.slice(2, -2).trim()}' specified for the field '${field}' ${reason}`,
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

/** A replacer: `JSON.stringify` writes infinite numbers as null, and JSONata functions as internal objects. */
function refuseNonJson(_name: string, value: unknown): unknown {
	const { _jsonata_function: isFunction, _jsonata_lambda: isLambda } = Object(value);
	const isNonJson = typeof value === 'function' || isFunction === true || isLambda === true;
	if (isNonJson || (typeof value === 'number' && !Number.isFinite(value)))
		throw new TypeError('The value has no JSON representation.');
	return value;
}

/** Compiled expressions by text: a machine evaluates the same few expressions again and again. */
const compiled = new WeakMap<Sources, Map<string, Expression>>();
const MAX_COMPILED = 2000;
/** Stops endless expressions, which would block the process. `timeout` in ms ends tail recursion, `stack` other recursion. */
const GUARDRAILS = { timeout: 5000, stack: 4000 } as const;

function compile(text: string, sources: Sources): Expression {
	let cache = compiled.get(sources);
	if (cache === undefined) compiled.set(sources, (cache = new Map()));
	let expression = cache.get(text);
	if (expression === undefined) {
		if (cache.size >= MAX_COMPILED) cache.clear();
		expression = jsonata(text.slice(2, -2), GUARDRAILS);
		registerFunctions(expression, sources);
		cache.set(text, expression);
	}
	return expression;
}

/** Formats `$now`: JSONata's own reads the machine's clock. */
const FORMAT_TIME = jsonata('$fromMillis(millis, picture, zone)');

/** Registers the functions that Step Functions adds to JSONata, and disables `$eval`, which it removes. */
function registerFunctions(expression: Expression, sources: Sources): void {
	expression.registerFunction('partition', partition, '<an:a>');
	expression.registerFunction('range', range, '<nnn:a>');
	expression.registerFunction('hash', hash, '<ss:s>');
	expression.registerFunction(
		'random',
		(seed?: number) => (seed === undefined ? sources.random() : seededRandom(seed)),
		'<n?:n>',
	);
	expression.registerFunction('shuffle', (array: unknown[]) => shuffle(array, sources.random), '<a:a>');
	expression.registerFunction('uuid', () => sources.newId(), '<:s>');
	expression.registerFunction('parse', (text: string): unknown => JSON.parse(text), '<s:x>');
	expression.registerFunction('millis', () => sources.now(), '<:n>');
	expression.registerFunction(
		'now',
		(picture?: string, zone?: string): unknown =>
			FORMAT_TIME.evaluate({ millis: sources.now(), picture, zone }),
		'<s?s?:s>',
	);
	expression.registerFunction('eval', () => {
		throw new Error('$eval is not available in Step Functions');
	});
}

function partition(array: unknown[], size: number): unknown[][] {
	if (!Number.isInteger(size) || size < 1) throw new Error('$partition needs a positive integer as size');
	return Array.from({ length: Math.ceil(array.length / size) }, (_, index) =>
		array.slice(index * size, (index + 1) * size),
	);
}

/** The limit of the intrinsic function `States.ArrayRange`. */
const MAX_RANGE_ITEMS = 1000;

/** Recorded on AWS: `$range(1, 9, 9)` is `1`, so a range is a JSONata sequence, and `$range(1, 9, 9)[]` keeps the array. */
function range(first: number, last: number, step: number): number[] {
	if (step === 0) throw new Error('$range needs a step other than 0');
	const length = Math.max(0, Math.floor((last - first) / step) + 1);
	if (length > MAX_RANGE_ITEMS) throw new Error(`$range returns at most ${MAX_RANGE_ITEMS} items`);
	const items = Array.from({ length }, (_, index) => first + index * step);
	// JSONata replaces a sequence of one item by the item.
	if (length === 1) Object.defineProperty(items, 'sequence', { value: true });
	return items;
}

function shuffle(array: unknown[], random: () => number): unknown[] {
	return array
		.map((item) => ({ item, rank: random() }))
		.toSorted((a, b) => a.rank - b.rank)
		.map(({ item }) => item);
}

const HASHES: Readonly<Record<string, string>> = {
	MD5: 'md5',
	'SHA-1': 'sha1',
	'SHA-256': 'sha256',
	'SHA-384': 'sha384',
	'SHA-512': 'sha512',
};

function hash(data: string, algorithm: string): string {
	const known = Object.hasOwn(HASHES, algorithm) ? HASHES[algorithm] : undefined;
	if (known === undefined) throw new Error(`$hash supports ${Object.keys(HASHES).join(', ')}`);
	return createHash(known).update(data).digest('hex');
}

/** Returns the same number for the same seed: the first output of mulberry32. */
function seededRandom(seed: number): number {
	let bits = (Math.trunc(seed) + 0x6d2b79f5) | 0;
	bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
	bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
	return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
}
