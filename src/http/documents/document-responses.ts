import { ETAG_HEADER } from '../tasks/entity-tag.ts';

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
