import type { FastifyInstance, FastifyRequest } from 'fastify';
import { decodeContent, refuseUnknownCoding } from '../content-decoding.ts';
import { ProblemError, type ValidationFault } from '../problem.ts';

/** Deeper or wider than any honest request; told as a fault of the member that goes over. */
const DEEPEST = 20;
const MOST_MEMBERS = 1000;
const LONGEST_STRING = 256 * 1024;

/** Members that reach into an object's prototype when some careless code copies them. */
const REFUSED_MEMBERS = new Set(['__proto__', 'constructor', 'prototype']);

/** Takes JSON bodies only, within limits that keep a hostile one cheap. */
export function registerJsonBody(app: FastifyInstance, largestBytes: number): void {
	app.removeAllContentTypeParsers();
	app.addHook('preParsing', async ({ method, headers }, reply) => {
		if (method !== 'GET' && method !== 'HEAD') refuseUnknownCoding(headers['content-encoding'], reply);
	});
	app.addContentTypeParser(
		'application/json',
		{ parseAs: 'buffer' },
		async ({ headers }: FastifyRequest, bytes: Buffer) => {
			const decoded = await decodeContent(bytes, headers['content-encoding'], largestBytes);
			const body = parse(decoded.toString());
			const fault = firstFault(body, ['body']);
			if (fault !== undefined) throw new ProblemError('validation', 'The body is not acceptable.', [fault]);
			return body;
		},
	);
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw new ProblemError(
			'malformed-json',
			text.trim() === '' ? 'The body is empty.' : 'The body is not valid JSON.',
		);
	}
}

function firstFault(value: unknown, loc: ValidationFault['loc']): ValidationFault | undefined {
	if (typeof value === 'string' && value.length > LONGEST_STRING) {
		return { loc, type: 'string_too_long', msg: `String should have at most ${LONGEST_STRING} characters` };
	}
	if (typeof value !== 'object' || value === null) return undefined;
	if (loc.length > DEEPEST)
		return { loc, type: 'nesting_too_deep', msg: `Input should be nested at most ${DEEPEST} deep` };
	const entries = Array.isArray(value)
		? value.map((item, index) => [index, item] as const)
		: Object.entries(value);
	if (entries.length > MOST_MEMBERS)
		return { loc, type: 'too_long', msg: `Input should have at most ${MOST_MEMBERS} members` };
	for (const [name, member] of entries) {
		if (typeof name === 'string' && REFUSED_MEMBERS.has(name)) {
			return { loc: [...loc, name], type: 'extra_forbidden', msg: 'Extra inputs are not permitted' };
		}
		const fault = firstFault(member, [...loc, name]);
		if (fault !== undefined) return fault;
	}
	return undefined;
}
