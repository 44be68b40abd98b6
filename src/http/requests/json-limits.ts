import type { ValidationFault } from '../problems/problem.ts';

/** Deeper or wider than any honest request. The body itself is the first level. */
const MAX_DEPTH = 20;
const MAX_MEMBERS = 1000;
const MAX_STRING_BYTES = 256 * 1024;

/** Members that reach into an object's prototype when some careless code copies them. */
const REFUSED_MEMBERS = new Set(['__proto__', 'constructor', 'prototype']);

const MAX_NAME_CHARACTERS = 100;

type Fault = Omit<ValidationFault, 'loc'>;

/**
 * The first thing in a body that no route takes, whatever its schema says: too deep, too wide, too long, or a value that
 * would not be the same behind the API. It goes no deeper than it allows, so that no nesting can exhaust the stack.
 */
export function findLimitFault(body: unknown): ValidationFault | undefined {
	const path: (string | number)[] = ['body'];
	const fault = faultWithin(body, path);
	return (
		fault && { ...fault, loc: path.map((part) => (typeof part === 'string' ? shortenName(part) : part)) }
	);
}

/** The fault within a value; `path` is where the search stands, and stays there once something is found. */
function faultWithin(value: unknown, path: (string | number)[]): Fault | undefined {
	if (typeof value === 'string') return textFault(value);
	if (typeof value === 'number') return numberFault(value);
	if (typeof value !== 'object' || value === null) return undefined;
	if (path.length > MAX_DEPTH)
		return { type: 'nesting_too_deep', msg: `Input should be nested at most ${MAX_DEPTH} deep` };
	const members = Array.isArray(value) ? value.entries() : Object.entries(value);
	const count = Array.isArray(value) ? value.length : Object.keys(value).length;
	if (count > MAX_MEMBERS)
		return { type: 'too_long', msg: `Input should have at most ${MAX_MEMBERS} members` };
	for (const [name, member] of members) {
		path.push(name);
		const fault = (typeof name === 'string' ? nameFault(name) : undefined) ?? faultWithin(member, path);
		if (fault !== undefined) return fault;
		path.pop();
	}
	return undefined;
}

function nameFault(name: string): Fault | undefined {
	if (REFUSED_MEMBERS.has(name)) return { type: 'extra_forbidden', msg: 'Extra inputs are not permitted' };
	return textFault(name);
}

function textFault(text: string): Fault | undefined {
	// A character takes three bytes at most, so that short texts need no count.
	if (text.length * 3 > MAX_STRING_BYTES && Buffer.byteLength(text) > MAX_STRING_BYTES)
		return { type: 'string_too_long', msg: `String should have at most ${MAX_STRING_BYTES} bytes` };
	// Half of a surrogate pair becomes another character in UTF-8; SQS takes no message with these two noncharacters.
	if (!text.isWellFormed() || /[\uFFFE\uFFFF]/.test(text))
		return { type: 'string_unicode', msg: 'String should be Unicode text' };
	return undefined;
}

/** `1e999` is a number of JSON, but it would be `null` behind the API. */
function numberFault(value: number): Fault | undefined {
	return Number.isFinite(value)
		? undefined
		: { type: 'finite_number', msg: 'Input should be a finite number' };
}

/** A name that a client made up, as it is told back: not at any length, and as Unicode. */
export function shortenName(name: string): string {
	return name.length > MAX_NAME_CHARACTERS
		? `${name.slice(0, MAX_NAME_CHARACTERS).toWellFormed()}…`
		: name.toWellFormed();
}
