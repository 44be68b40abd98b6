import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ETAG_HEADER, isModified } from '../requests/request-headers.ts';

/** Files that the build puts beside the function. They are read on first use, so that no cold start pays for them. */
export type DocumentName = 'openapi.json' | 'definitions.json' | 'docs.html';

/** Reads a document that was built with the function. */
export type ReadDocument = (name: DocumentName) => Promise<string>;

/** A text that is the same for every caller until the next deployment. */
export interface Document {
	readonly text: string;
	readonly etag: string;
}

/** How a document is sent. */
export interface DocumentForm {
	readonly mediaType: string;
	readonly cacheControl: string;
}

/** Creates a reader that builds a document once, on first use. A failure is retried by the next request. */
export function createDocument(makeText: () => Promise<string>): () => Promise<Document> {
	let document: Document | undefined;
	return async () => {
		document ??= toDocument(await makeText());
		return document;
	};
}

/** The ETag is weak, since a compressed response has the same one. */
function toDocument(text: string): Document {
	return { text, etag: `W/"${hash('sha256', text, 'base64url')}"` };
}

/** Sends a document, or 304 if the client has it. */
export function sendDocument(
	request: FastifyRequest,
	reply: FastifyReply,
	{ text, etag }: Document,
	{ mediaType, cacheControl }: DocumentForm,
): FastifyReply {
	reply.header('etag', etag).header('cache-control', cacheControl);
	if (!isModified(request.headers['if-none-match'], etag)) return reply.code(304).send();
	return reply.type(mediaType).send(text);
}

/** OpenAPI description of the headers of a cacheable response. */
export const DOCUMENT_HEADERS = {
	etag: ETAG_HEADER,
	'cache-control': { type: 'string', description: 'How long the response may be cached.' },
} as const;

/** `response` entry for a client whose cached document is current. */
export const NOT_MODIFIED = {
	304: {
		type: 'null',
		description: 'The document named by `If-None-Match` is current.',
		headers: DOCUMENT_HEADERS,
	},
} as const;
