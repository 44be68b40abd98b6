import { promisify } from 'node:util';
import type { FastifyReply } from 'fastify';
import { ProblemError } from '../problems/problem.ts';

/** Maps supported content codings to the zlib functions that decode them. */
const DECODERS = { gzip: 'gunzip', 'x-gzip': 'gunzip', deflate: 'inflate' } as const;

/**
 * Rejects a body in an unsupported content coding before it is read, and lists the supported ones (RFC 9110, 15.5.16).
 * @throws {@link ProblemError} `unsupported-media-type`.
 */
export function rejectUnsupportedCoding(contentEncoding: string | undefined, reply: FastifyReply): void {
	const coding = codingOf(contentEncoding);
	if (coding === 'identity' || isDecodable(coding)) return;
	reply.header('accept-encoding', 'gzip, deflate');
	throw new ProblemError(
		'unsupported-media-type',
		'Unsupported Content-Encoding: send the body as gzip, deflate or identity.',
	);
}

/**
 * Decodes a body. Decoding stops at `maxBytes`, so that a compression bomb costs no more than an honest body.
 * @throws {@link ProblemError} `payload-too-large` or `bad-request`.
 */
export async function decodeContent(
	bytes: Buffer,
	contentEncoding: string | undefined,
	maxBytes: number,
): Promise<Buffer> {
	const coding = codingOf(contentEncoding);
	if (!isDecodable(coding)) return bytes;
	const zlib = await import('node:zlib');
	try {
		return await promisify<Buffer, object, Buffer>(zlib[DECODERS[coding]])(bytes, {
			maxOutputLength: maxBytes,
		});
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
			throw new ProblemError('payload-too-large', `The decoded body exceeds ${maxBytes} bytes.`);
		throw new ProblemError('bad-request', `The body is not valid ${coding}.`);
	}
}

function codingOf(contentEncoding = ''): string {
	return contentEncoding.trim().toLowerCase() || 'identity';
}

function isDecodable(coding: string): coding is keyof typeof DECODERS {
	return Object.hasOwn(DECODERS, coding);
}
