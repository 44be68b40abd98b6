import { promisify } from 'node:util';
import type { FastifyReply } from 'fastify';
import { ProblemError } from '../problems/problem.ts';

/** What a request's body may be encoded in, by zlib's name for its undoing. */
const DECODERS = { gzip: 'gunzip', 'x-gzip': 'gunzip', deflate: 'inflate' } as const;

/** Refuses a body in a coding that is not known before it is read, and says which are: RFC 9110, 15.5.16. */
export function refuseUnknownCoding(contentEncoding: string | undefined, reply: FastifyReply): void {
	const coding = codingOf(contentEncoding);
	if (coding === 'identity' || isDecodable(coding)) return;
	reply.header('accept-encoding', 'gzip, deflate');
	throw new ProblemError(
		'unsupported-media-type',
		'The body is in a coding that is not taken; gzip and deflate are.',
	);
}

/**
 * The body as it was before it was encoded. Decoding ends where it would go above `largestBytes`: a bomb costs no more
 * than an honest body. Data that is broken is a bad request, not malformed JSON: nobody has seen the JSON yet.
 */
export async function decodeContent(
	bytes: Buffer,
	contentEncoding: string | undefined,
	largestBytes: number,
): Promise<Buffer> {
	const coding = codingOf(contentEncoding);
	if (!isDecodable(coding)) return bytes;
	const zlib = await import('node:zlib');
	try {
		return await promisify<Buffer, object, Buffer>(zlib[DECODERS[coding]])(bytes, {
			maxOutputLength: largestBytes,
		});
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
			throw new ProblemError('payload-too-large', `The body is above ${largestBytes} bytes when decoded.`);
		throw new ProblemError('bad-request', `The body is not valid ${coding}.`);
	}
}

function codingOf(contentEncoding = ''): string {
	return contentEncoding.trim().toLowerCase() || 'identity';
}

function isDecodable(coding: string): coding is keyof typeof DECODERS {
	return Object.hasOwn(DECODERS, coding);
}
