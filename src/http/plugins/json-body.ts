import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem.ts';
import { decodeContent, refuseUnknownCoding } from '../requests/content-decoding.ts';
import { findLimitFault } from '../requests/json-limits.ts';

/** Leaves out a byte order mark, as RFC 8259, 8.1 allows. */
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** Takes JSON bodies only, within limits that keep a hostile one cheap. Of members of the same name the last one counts. */
export function registerJsonBody(app: FastifyInstance, largestBytes: number): void {
	app.removeAllContentTypeParsers();
	app.addHook('preParsing', async ({ method, headers }, reply) => {
		if (method !== 'GET' && method !== 'HEAD') refuseUnknownCoding(headers['content-encoding'], reply);
	});
	app.addContentTypeParser(
		'application/json',
		{ parseAs: 'buffer' },
		async ({ headers, routeOptions }: FastifyRequest, bytes: Buffer) => {
			refuseOtherCharset(headers['content-type']);
			if (bytes.length === 0 && routeOptions.config.optionalBody === true) return {};
			const body = parse(await decodeContent(bytes, headers['content-encoding'], largestBytes));
			const fault = findLimitFault(body);
			if (fault !== undefined) throw new ProblemError('validation', 'The body is not acceptable.', [fault]);
			return body;
		},
	);
	app.addHook('preValidation', async (request) => {
		if (request.body === undefined && request.routeOptions.config.optionalBody === true) request.body = {};
	});
}

/** JSON is UTF-8 (RFC 8259, 8.1); who says that it is something else would be read wrongly. */
function refuseOtherCharset(contentType = ''): void {
	const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(contentType) ?? [];
	if (!/^utf-?8$/i.test(charset))
		throw new ProblemError('unsupported-media-type', 'The body has to be in UTF-8.');
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
		throw new ProblemError('malformed-json', 'The body is not UTF-8.');
	}
}
