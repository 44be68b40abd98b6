import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ETAG_HEADER, isModified } from '../requests/entity-tag.ts';

/** Texts made when the function is built, and read when first asked for: no start pays for them. */
export type DocumentName = 'openapi.json' | 'definitions.json' | 'docs.html';

/** Reads a document that was built with the function. */
export type ReadDocument = (name: DocumentName) => Promise<string>;

/** A text that is the same for every caller until the next deployment. */
export interface Document {
	readonly text: string;
	readonly etag: string;
}

export interface DocumentForm {
	readonly mediaType: string;
	/** Who may keep the answer, and for how many seconds. */
	readonly cacheControl: string;
}

/** Makes the document once, when it is first asked for; what fails is tried again at the next request. */
export function createDocument(makeText: () => Promise<string>): () => Promise<Document> {
	let made: Document | undefined;
	return async () => {
		made ??= asDocument(await makeText());
		return made;
	};
}

/** A weak ETag: the same document is sent compressed and as it is. */
function asDocument(text: string): Document {
	return { text, etag: `W/"${hash('sha256', text, 'base64url')}"` };
}

/** Sends the document, or 304 where the client has it. */
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

/** The headers of an answer that a client may keep. */
export const DOCUMENT_HEADERS = {
	etag: ETAG_HEADER,
	'cache-control': { type: 'string', description: 'For how long the answer may be kept.' },
} as const;

/** The `response` entry for a client that has the document already. */
export const NOT_MODIFIED = {
	304: {
		type: 'null',
		description: 'The client has it already, by `If-None-Match`.',
		headers: DOCUMENT_HEADERS,
	},
} as const;
