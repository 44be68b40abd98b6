import type { ValidationFault } from '../problems/problem.ts';

/** Maximum nesting of a body. The body itself is the first level. */
const MAX_DEPTH = 20;

/** Maximum number of members of one object or array. */
const MAX_MEMBERS = 1000;

/** Maximum size of one string or member name in UTF-8. */
const MAX_STRING_BYTES = 256 * 1024;

/**
 * Maximum number of values in one body. Ajv reports every error, at about 1 KB each: this bounds a hostile body of 5 MiB
 * to the cost of an honest one. A batch of 100 tasks has 200 values per task.
 */
export const MAX_NODES = 20_000;

/** Members that change an object's prototype if code merges them carelessly. */
const FORBIDDEN_MEMBERS = new Set(['__proto__', 'constructor', 'prototype']);

const MAX_NAME_CHARACTERS = 100;

type Fault = Omit<ValidationFault, 'loc'>;

/** State of one traversal: the location of the current value and the number of values visited. */
interface Traversal {
	readonly path: (string | number)[];
	nodes: number;
}

/**
 * Finds the first value that every route rejects: too deep, too wide, too long, or changed by the services behind the
 * API. It stops at the depth limit, so that no nesting exhausts the stack.
 */
export function findLimitFault(body: unknown): ValidationFault | undefined {
	const traversal: Traversal = { path: ['body'], nodes: 0 };
	const fault = findFaultIn(body, traversal);
	if (fault === undefined) return undefined;
	if (traversal.nodes > MAX_NODES) return { ...fault, loc: ['body'] };
	return {
		...fault,
		loc: traversal.path.map((part) => (typeof part === 'string' ? shortenName(part) : part)),
	};
}

/** Finds the first fault in a value; `path` then ends at its location. */
function findFaultIn(value: unknown, traversal: Traversal): Fault | undefined {
	traversal.nodes += 1;
	if (traversal.nodes > MAX_NODES)
		return { type: 'too_long', msg: `Body should have at most ${MAX_NODES} values` };
	if (typeof value === 'string') return findTextFault(value);
	if (typeof value === 'number') return findNumberFault(value);
	if (typeof value !== 'object' || value === null) return undefined;
	return findMemberFault(value, traversal);
}

function findMemberFault(value: object, traversal: Traversal): Fault | undefined {
	const { path } = traversal;
	if (path.length > MAX_DEPTH)
		return { type: 'nesting_too_deep', msg: `Input should be nested at most ${MAX_DEPTH} levels deep` };
	const members = Array.isArray(value) ? value.entries() : Object.entries(value);
	const count = Array.isArray(value) ? value.length : Object.keys(value).length;
	if (count > MAX_MEMBERS)
		return { type: 'too_long', msg: `Input should have at most ${MAX_MEMBERS} members` };
	for (const [name, member] of members) {
		path.push(name);
		const fault =
			(typeof name === 'string' ? findNameFault(name) : undefined) ?? findFaultIn(member, traversal);
		if (fault !== undefined) return fault;
		path.pop();
	}
	return undefined;
}

function findNameFault(name: string): Fault | undefined {
	if (FORBIDDEN_MEMBERS.has(name)) return { type: 'extra_forbidden', msg: 'Extra inputs are not permitted' };
	return findTextFault(name);
}

function findTextFault(text: string): Fault | undefined {
	// A UTF-16 code unit takes at most three bytes, so short strings need no count.
	if (text.length * 3 > MAX_STRING_BYTES && Buffer.byteLength(text) > MAX_STRING_BYTES)
		return { type: 'string_too_long', msg: `String should have at most ${MAX_STRING_BYTES} bytes` };
	// UTF-8 replaces half of a surrogate pair, and SQS rejects messages with these two noncharacters.
	if (!text.isWellFormed() || /[\uFFFE\uFFFF]/.test(text))
		return { type: 'string_unicode', msg: 'String should be Unicode text' };
	return undefined;
}

/** `1e999` is valid JSON, but `JSON.stringify` turns it into `null`. */
function findNumberFault(value: number): Fault | undefined {
	return Number.isFinite(value)
		? undefined
		: { type: 'finite_number', msg: 'Input should be a finite number' };
}

/** Shortens a member name from a request and makes it well-formed, so that it can be quoted in a response. */
export function shortenName(name: string): string {
	return name.length > MAX_NAME_CHARACTERS
		? `${name.slice(0, MAX_NAME_CHARACTERS).toWellFormed()}…`
		: name.toWellFormed();
}
