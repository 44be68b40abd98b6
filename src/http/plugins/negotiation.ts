import { promisify } from 'node:util';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { ProblemError } from '../problems/problem.ts';

declare module 'fastify' {
	interface FastifyContextConfig {
		/** Media type of the route's successful responses. Default: `application/json`. */
		mediaType?: 'text/html' | 'text/javascript' | 'text/css' | 'image/svg+xml';
	}
}

/** Content codings of responses, the preferred one first: at equal weight brotli is the smallest. */
const CODINGS = ['br', 'gzip', 'x-gzip', 'identity'] as const;

type Coding = (typeof CODINGS)[number];

/** Compression of a smaller body saves less than one network packet. */
const MIN_COMPRESSED_BYTES = 1024;

const COMPRESSIBLE = /^(?:text\/|application\/(?:[\w.-]+\+)?json\b)/;

/** Of 0 to 11. Level 5 is smaller than gzip's default in about the same time; level 9 takes ten times as long. */
const BROTLI_QUALITY = 5;

const STATUSES_WITHOUT_BODY: ReadonlySet<number> = new Set([204, 304]);

/**
 * Negotiates media type and content coding by `negotiator`, and compresses responses, since HTTP APIs do not. It must be
 * registered after every plugin that changes responses. A HEAD is treated as its GET, as RFC 9110, 8.6 requires.
 *
 * `@fastify/compress` 9.2 takes 11 ms of CPU more at start: 15 % of a bare Fastify app, over 10 % of a cold start of 77 to
 * 105 ms (median of 15 processes, esbuild bundles, V8's code cache), so `negotiator` and this encoder stay.
 */
export function registerNegotiation(app: FastifyInstance): void {
	app.addHook('onRequest', async ({ headers, routeOptions: { config } }) => {
		const { mediaType = 'application/json' } = config;
		if (!acceptsOneOf(headers.accept, [mediaType, 'application/problem+json']))
			throw new ProblemError('not-acceptable', `The response is available as ${mediaType} only.`);
		if (acceptedCodings(headers['accept-encoding']).length === 0)
			throw new ProblemError('not-acceptable', 'The response is available as br, gzip or identity only.');
	});
	app.addHook('onSend', async (request, reply, payload) => {
		if (reply.statusCode === 304 || isCompressible(reply)) addVary(reply, 'accept-encoding');
		if (typeof payload !== 'string' || !isCompressible(reply)) return payload;
		const coding = chooseCoding(request, payload);
		if (coding === 'identity') return payload;
		reply.header('content-encoding', coding).removeHeader('content-length');
		weakenEtag(reply);
		return compress(payload, coding);
	});
}

/** Returns whether `Accept` names `application/json` and not `application/problem+json`. */
export function wantsFastApiForm(accept: string | undefined): boolean {
	if (accept === undefined) return false;
	const named = new Negotiator({ headers: { accept } }).mediaTypes();
	return named.includes('application/json') && !named.includes('application/problem+json');
}

/** Adds a request header on which the response depends to `Vary`. */
export function addVary(reply: FastifyReply, header: string): void {
	const previous = reply.getHeader('vary');
	reply.header('vary', previous === undefined ? header : `${String(previous)}, ${header}`);
}

function acceptsOneOf(accept: string | undefined, mediaTypes: readonly string[]): boolean {
	if (accept === undefined || accept === '*/*' || accept.trim() === '') return true;
	// Parameters such as `charset` narrow nothing here, but `negotiator` would take them for another media type.
	const ranges = accept.replaceAll(/;(?!\s*q\s*=)[^;,]*/gi, '');
	return new Negotiator({ headers: { accept: ranges } }).mediaTypes(mediaTypes).length > 0;
}

function isCompressible(reply: FastifyReply): boolean {
	return (
		!STATUSES_WITHOUT_BODY.has(reply.statusCode) &&
		!reply.hasHeader('content-encoding') &&
		COMPRESSIBLE.test(String(reply.getHeader('content-type') ?? ''))
	);
}

/** A short body is sent as it is, unless the client refuses `identity`. */
function chooseCoding({ headers }: FastifyRequest, text: string): Exclude<Coding, 'x-gzip'> {
	const codings = acceptedCodings(headers['accept-encoding']);
	if (codings.includes('identity') && Buffer.byteLength(text) < MIN_COMPRESSED_BYTES) return 'identity';
	const [best = 'identity'] = codings;
	return best === 'x-gzip' ? 'gzip' : best;
}

/** `@types/negotiator` lacks the second parameter: the order that decides between equal weights. */
interface EncodingNegotiator {
	encodings(available: readonly Coding[], options: { readonly preferred: readonly Coding[] }): string[];
}

/** Lists the accepted codings, the best first. Without `Accept-Encoding` only `identity` is used. */
function acceptedCodings(acceptEncoding: string | undefined): readonly Coding[] {
	if (acceptEncoding === undefined) return ['identity'];
	const negotiator: EncodingNegotiator = new Negotiator({ headers: { 'accept-encoding': acceptEncoding } });
	const accepted = negotiator.encodings(CODINGS, { preferred: CODINGS });
	return CODINGS.filter((coding) => accepted.includes(coding)).toSorted(
		(a, b) => accepted.indexOf(a) - accepted.indexOf(b),
	);
}

/** A compressed body differs in bytes but not in meaning. */
function weakenEtag(reply: FastifyReply): void {
	const etag = reply.getHeader('etag');
	if (typeof etag === 'string' && etag.startsWith('"')) reply.header('etag', `W/${etag}`);
}

async function compress(text: string, coding: 'br' | 'gzip'): Promise<Buffer> {
	const { brotliCompress, constants, gzip } = await import('node:zlib');
	if (coding === 'gzip') return promisify(gzip)(text);
	return promisify<string, object, Buffer>(brotliCompress)(text, {
		params: {
			[constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
			[constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
			[constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(text),
		},
	});
}
