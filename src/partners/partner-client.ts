import type { Static, TSchema } from 'typebox';
import { parseJson } from '../parse.ts';
import { answerText } from './answer-text.ts';
import { PartnerError } from './partner-error.ts';

export interface PartnerClientOptions {
	/** What the partner is called in messages: `inventory`. */
	readonly partner: string;
	/** What paths are appended to, without a slash at its end. */
	readonly baseUrl: string;
	/** The bearer token, which is a secret; `fresh` after the partner refused the one at hand. */
	readonly token: (options?: { readonly fresh: boolean }) => Promise<string>;
	/** For one request, from the connection to the last byte; a call makes two where its token has to be read again. */
	readonly timeoutMs: number;
	readonly fetch?: typeof fetch;
}

export interface CallOptions {
	/** The partner answers a repetition under the same key as it did the first time. */
	readonly idempotencyKey: string;
	/** Ends the call early; its reason is what is thrown then. */
	readonly signal?: AbortSignal;
}

/** Posts JSON to a path of one partner. The answer is as `answer` says, or a {@link PartnerError} is thrown. */
export interface PartnerClient {
	call<Answer extends TSchema>(
		path: string,
		body: unknown,
		answer: Answer,
		options: CallOptions,
	): Promise<Static<Answer>>;
}

/**
 * A client of one partner API. It does not retry, which is for the state machine to do, but for a token that is refused:
 * that is read again once, so that a rotation needs no deploy.
 */
export function createPartnerClient(options: PartnerClientOptions): PartnerClient {
	const { partner, token } = options;
	return {
		async call(path, body, schema, { idempotencyKey, signal }) {
			const post = (bearer: string) =>
				exchange(options, path, {
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
	/** Undefined where it is too large, or was not read: only a success has something to say. */
	readonly text?: string | undefined;
}

/** One request and its whole answer, within the time there is. */
async function exchange(
	{ partner, baseUrl, timeoutMs, fetch: send = fetch }: PartnerClientOptions,
	path: string,
	request: RequestInit,
): Promise<PartnerAnswer> {
	const timeout = AbortSignal.timeout(timeoutMs);
	const ends = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout;
	try {
		const response = await send(`${baseUrl}${path}`, { ...request, signal: ends });
		const { status } = response;
		const isJson = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(
			response.headers.get('content-type') ?? '',
		);
		if (response.ok && isJson) return { status, isJson, text: await answerText(response) };
		// What else a partner sends is of no use; a connection that breaks meanwhile neither.
		await response.body?.cancel().catch(() => undefined);
		return { status, isJson };
	} catch {
		// The error of fetch is not kept as a cause: it names the address.
		request.signal?.throwIfAborted();
		const why = timeout.aborted ? `does not answer within ${timeoutMs} ms` : 'cannot be reached';
		throw new PartnerError('PartnerUnavailable', `The ${partner} API ${why}.`);
	}
}

function parseAnswer<Schema extends TSchema>(
	partner: string,
	schema: Schema,
	{ status, isJson, text }: PartnerAnswer,
): Static<Schema> {
	if (status === 401 || status === 403)
		throw new PartnerError('PartnerUnauthorized', `The ${partner} API refuses our token.`);
	if (status === 429 || status >= 500)
		throw new PartnerError('PartnerUnavailable', `The ${partner} API answered ${status}.`);
	if (status >= 400)
		throw new PartnerError('PartnerRejected', `The ${partner} API refused the request with ${status}.`);
	const invalid = (what: string) =>
		new PartnerError('PartnerAnswerInvalid', `The ${partner} API answered ${what}.`);
	if (status >= 300) throw invalid('with a redirect');
	if (!isJson) throw invalid('something else than JSON');
	if (text === undefined) throw invalid('with more than 1 MiB');
	try {
		return parseJson(schema, text, 'answer');
	} catch {
		throw invalid('in another form than agreed');
	}
}
