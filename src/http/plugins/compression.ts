import { promisify } from 'node:util';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem.ts';
import { readWeights } from '../requests/weights.ts';
import { addVary } from './vary.ts';

/** What an answer can be sent in, the best first: at equal weights brotli is the smallest. */
const CODINGS = ['br', 'gzip', 'identity'] as const;

type Coding = (typeof CODINGS)[number];

/** Below this, what is saved is less than a packet. */
const WORTH_BYTES = 1024;

const COMPRESSIBLE = /^(?:text\/|application\/(?:[\w.-]+\+)?json\b)/;

/** Of 0 to 11: smaller than gzip's default in a time of the same order; from 9 on it takes ten times as long. */
const BROTLI_QUALITY = 5;

const BODILESS: ReadonlySet<number> = new Set([204, 304]);

/**
 * Compresses answers as `Accept-Encoding` allows; HTTP APIs do not. zlib is loaded with the first answer that needs it.
 * A HEAD is treated as the GET it stands for: RFC 9110, 8.6 forbids it another length. To be registered after whatever
 * else changes answers.
 */
export function registerCompression(app: FastifyInstance): void {
	app.addHook('onRequest', async ({ headers }) => {
		const weights = Object.values(codingWeights(headers['accept-encoding']));
		if (weights.every((weight) => weight === 0))
			throw new ProblemError('not-acceptable', `Answers come as ${CODINGS.join(', ')}.`);
	});
	app.addHook('onSend', async (request, reply, payload) => {
		addVary(reply, 'accept-encoding');
		if (typeof payload !== 'string' || !isCompressible(reply)) return payload;
		const coding = codingFor(request, payload);
		if (coding === 'identity') return payload;
		reply.header('content-encoding', coding).removeHeader('content-length');
		weakenEtag(reply);
		return compress(payload, coding);
	});
}

function isCompressible(reply: FastifyReply): boolean {
	return (
		!BODILESS.has(reply.statusCode) &&
		!reply.hasHeader('content-encoding') &&
		COMPRESSIBLE.test(String(reply.getHeader('content-type') ?? ''))
	);
}

/** A short text is sent as it is, unless the client refuses just that. */
function codingFor({ headers }: FastifyRequest, text: string): Coding {
	const weights = codingWeights(headers['accept-encoding']);
	if (weights.identity > 0 && Buffer.byteLength(text) < WORTH_BYTES) return 'identity';
	const best = CODINGS.reduce((chosen, coding) => (weights[coding] > weights[chosen] ? coding : chosen));
	return weights[best] > 0 ? best : 'identity';
}

/** The weight of each coding. The identity need not be named to be taken, but what is named is liked better (RFC 9110, 12.5.3). */
function codingWeights(acceptEncoding = 'identity'): Readonly<Record<Coding, number>> {
	const weights = readWeights(acceptEncoding);
	const others = weights.get('*');
	return {
		br: weights.get('br') ?? others ?? 0,
		gzip: weights.get('gzip') ?? weights.get('x-gzip') ?? others ?? 0,
		identity: weights.get('identity') ?? others ?? Number.MIN_VALUE,
	};
}

/** The same bytes no more, but the same meaning. */
function weakenEtag(reply: FastifyReply): void {
	const etag = reply.getHeader('etag');
	if (typeof etag === 'string' && etag.startsWith('"')) reply.header('etag', `W/${etag}`);
}

async function compress(text: string, coding: Exclude<Coding, 'identity'>): Promise<Buffer> {
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
