import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem.ts';
import { decodeContent, rejectUnsupportedCoding } from '../requests/content-decoding.ts';
import { findLimitFault } from '../requests/json-limits.ts';

declare module 'fastify' {
	interface FastifyContextConfig {
		/** Whether a request without a body counts as one with an empty object. */
		optionalBody?: boolean;
		/** Whether the body is an HTML form instead of JSON. */
		form?: boolean;
	}
}

/** Removes a byte order mark, as RFC 8259, 8.1 allows. */
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** Accepts JSON bodies only, within limits that keep a hostile body cheap. The last of duplicate members counts. */
export function registerJsonBody(app: FastifyInstance, maxBytes: number): void {
	app.removeAllContentTypeParsers();
	app.addHook('onRequest', async ({ headers, routeOptions }) => {
		// Without content no media type can be wrong (RFC 9110, 8.3); curl and PowerShell send one all the same.
		const { 'content-length': length = '0', 'transfer-encoding': coding } = headers;
		if (routeOptions.config.optionalBody === true && length === '0' && coding === undefined)
			delete headers['content-type'];
	});
	app.addHook('preParsing', async ({ method, headers }, reply) => {
		if (method !== 'GET' && method !== 'HEAD') rejectUnsupportedCoding(headers['content-encoding'], reply);
	});
	app.addContentTypeParser(
		'application/json',
		{ parseAs: 'buffer' },
		async ({ headers }: FastifyRequest, bytes: Buffer) => {
			rejectOtherCharset(headers['content-type']);
			const body = parse(await decodeContent(bytes, headers['content-encoding'], maxBytes));
			const fault = findLimitFault(body);
			if (fault !== undefined)
				throw new ProblemError('validation', 'The body exceeds a limit or has a forbidden value.', {
					faults: [fault],
				});
			return body;
		},
	);
	app.addHook('preValidation', async (request) => {
		if (request.body === undefined && request.routeOptions.config.optionalBody === true) request.body = {};
	});
}

const FORM = 'application/x-www-form-urlencoded';

/** Accepts forms on the routes with `config.form`, and nothing else there. A repeated field is refused. */
export function registerFormBody(app: FastifyInstance): void {
	app.addHook('onRequest', async ({ headers, method, routeOptions: { config } }) => {
		if (config.form !== true || method !== 'POST') return;
		const [mediaType = ''] = (headers['content-type'] ?? '').split(';', 1);
		if (mediaType.trim().toLowerCase() !== FORM || headers['content-encoding'] !== undefined)
			throw new ProblemError('unsupported-media-type', `The body must be ${FORM}.`);
	});
	app.addContentTypeParser(FORM, { parseAs: 'string' }, async (request: FastifyRequest, text: string) => {
		if (request.routeOptions.config.form !== true)
			throw new ProblemError('unsupported-media-type', 'The body must be application/json.');
		const fields = [...new URLSearchParams(text)];
		if (new Set(fields.map(([name]) => name)).size < fields.length)
			throw new ProblemError('validation', 'A field of the form occurs twice.');
		return Object.fromEntries(fields);
	});
}

/** JSON is UTF-8 (RFC 8259, 8.1); a body in another charset would be misread. */
function rejectOtherCharset(contentType = ''): void {
	const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(contentType) ?? [];
	if (!/^utf-?8$/i.test(charset))
		throw new ProblemError('unsupported-media-type', 'The charset of the body must be UTF-8.');
}

function parse(bytes: Buffer): unknown {
	const text = decode(bytes);
	try {
		return JSON.parse(text);
	} catch {
		throw new ProblemError(
			'malformed-json',
			text.trim() === '' ? 'The body is empty.' : 'The body is not valid JSON.',
		);
	}
}

function decode(bytes: Buffer): string {
	try {
		return UTF_8.decode(bytes);
	} catch {
		throw new ProblemError('malformed-json', 'The body is not valid UTF-8.');
	}
}
