import type { Static, TSchema } from 'typebox';
import { parseJson } from '../parse.ts';

/**
 * The failures of a partner API, as Retry and Catch match them:
 * - `PartnerUnauthorized`: the token is refused even after it was read again (401), or lacks permission (403);
 * - `PartnerUnavailable`: timeout, connection error, 429 or 5xx; the same request may succeed later;
 * - `PartnerRejected`: any other 4xx; the same request will be refused again;
 * - `PartnerAnswerInvalid`: a response that is too large, a redirect, not JSON, or does not match its schema.
 */
export type PartnerErrorName =
	| 'PartnerUnauthorized'
	| 'PartnerUnavailable'
	| 'PartnerRejected'
	| 'PartnerAnswerInvalid';

/** A failed call to a partner API. The message names the partner and contains no token, no URL and no text of the partner. */
export class PartnerError extends Error {
	override readonly name: PartnerErrorName;
	readonly code = 'partner';

	constructor(name: PartnerErrorName, message: string) {
		super(message);
		this.name = name;
	}
}

/** Settings of the client of one partner. */
export interface PartnerClientOptions {
	/** The partner's name in messages, such as `inventory`. */
	readonly partner: string;
	/** The URL that paths are appended to, without a trailing slash. */
	readonly baseUrl: string;
	/** Returns the bearer token, which is a secret; `fresh` after the partner refused the cached one. */
	readonly token: (options?: { readonly fresh: boolean }) => Promise<string>;
	/** The time limit of one request, from connecting to the last byte. A call makes a second one with a fresh token. */
	readonly timeoutMs: number;
	readonly fetch?: typeof fetch;
}

/** Options of one call. */
export interface CallOptions {
	/** The partner repeats its first response to a request with the same key. */
	readonly idempotencyKey: string;
	/** Aborts the call; the signal's reason is thrown. */
	readonly signal?: AbortSignal;
}

/** The client of one partner API. */
export interface PartnerClient {
	/**
	 * Posts JSON and returns the response if it matches `schema`.
	 * @throws {PartnerError} if the call fails.
	 */
	call<Answer extends TSchema>(
		path: string,
		body: unknown,
		schema: Answer,
		options: CallOptions,
	): Promise<Static<Answer>>;
}

/**
 * Creates the client of a partner API. Retrying is up to the state machine. Only a refused token is read again once, so
 * that a rotation needs no deployment.
 */
export function createPartnerClient(options: PartnerClientOptions): PartnerClient {
	const { partner, token } = options;
	return {
		async call(path, body, schema, { idempotencyKey, signal }) {
			const post = (bearer: string) =>
				sendRequest(options, path, {
					method: 'POST',
					headers: {
						accept: 'application/json',
						authorization: `Bearer ${bearer}`,
						'content-type': 'application/json',
						'idempotency-key': idempotencyKey,
					},
					body: JSON.stringify(body),
					redirect: 'manual',
					...(signal === undefined ? {} : { signal }),
				});
			const first = await token();
			let answer = await post(first);
			if (answer.status === 401) {
				const second = await token({ fresh: true });
				if (second !== first) answer = await post(second);
			}
			return parseAnswer(partner, schema, answer);
		},
	};
}

interface PartnerAnswer {
	readonly status: number;
	readonly isJson: boolean;
	/** Only a success is read; `undefined` also if it is too large. */
	readonly text?: string | undefined;
}

async function sendRequest(
	{ partner, baseUrl, timeoutMs, fetch: send = fetch }: PartnerClientOptions,
	path: string,
	request: RequestInit,
): Promise<PartnerAnswer> {
	const timeout = AbortSignal.timeout(timeoutMs);
	const abort = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout;
	try {
		const response = await send(`${baseUrl}${path}`, { ...request, signal: abort });
		const { status } = response;
		const isJson = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(
			response.headers.get('content-type') ?? '',
		);
		if (response.ok && isJson) return { status, isJson, text: await readAnswer(response) };
		await response.body?.cancel().catch(() => undefined);
		return { status, isJson };
	} catch {
		// The error of fetch contains the address, so it is not kept as a cause.
		request.signal?.throwIfAborted();
		const reason = timeout.aborted ? `did not respond within ${timeoutMs} ms` : 'could not be reached';
		throw new PartnerError('PartnerUnavailable', `The ${partner} API ${reason}.`);
	}
}

/** The largest accepted response. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * Returns the body as text, or `undefined` if it exceeds 1 MiB. The bytes are counted after decompression while they
 * arrive, so neither a wrong length nor a small archive exhausts the memory.
 */
async function readAnswer({ body }: Response): Promise<string | undefined> {
	if (body === null) return '';
	const decoder = new TextDecoder();
	let text = '';
	let bytes = 0;
	// Leaving the loop cancels the body, which closes the connection.
	for await (const chunk of body) {
		bytes += chunk.byteLength;
		if (bytes > MAX_ANSWER_BYTES) return undefined;
		text += decoder.decode(chunk, { stream: true });
	}
	return text + decoder.decode();
}

function parseAnswer<Schema extends TSchema>(
	partner: string,
	schema: Schema,
	{ status, isJson, text }: PartnerAnswer,
): Static<Schema> {
	if (status === 401 || status === 403)
		throw new PartnerError('PartnerUnauthorized', `The ${partner} API refuses our token.`);
	if (status === 429 || status >= 500)
		throw new PartnerError('PartnerUnavailable', `The ${partner} API responded with ${status}.`);
	if (status >= 400)
		throw new PartnerError('PartnerRejected', `The ${partner} API rejected the request with ${status}.`);
	const invalid = (fault: string) =>
		new PartnerError('PartnerAnswerInvalid', `The ${partner} API responded with ${fault}.`);
	if (status >= 300) throw invalid('a redirect');
	if (!isJson) throw invalid('a body that is not JSON');
	if (text === undefined) throw invalid('more than 1 MiB');
	try {
		return parseJson(schema, text, 'answer');
	} catch {
		throw invalid('a body that does not match its schema');
	}
}
