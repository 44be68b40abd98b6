import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { PartnerError } from './partner-error.ts';
import { readText } from './read-text.ts';

export interface PartnerClientDependencies {
	/** The partner's own name, for error messages. */
	readonly name: string;
	readonly baseUrl: string;
	/** The bearer token, which is a secret; `fresh` after the partner refused the one at hand. */
	readonly token: (options?: { readonly fresh: boolean }) => Promise<string>;
	/** For how long a call may take, its answer read to the end; 10 s where it is not said. */
	readonly timeoutMs?: number;
}

export interface PartnerCall<Answer extends TSchema> {
	readonly path: string;
	readonly body: object;
	/** What the partner has to answer; what it says besides is left out. */
	readonly answer: Answer;
	/** The same for each attempt, so that a repeated call does nothing twice. */
	readonly idempotencyKey: string;
}

/** Calls one operation of a partner. Throws {@link PartnerError}. */
export type CallPartner = <Answer extends TSchema>(call: PartnerCall<Answer>) => Promise<Static<Answer>>;

const TIMEOUT_MS = 10_000;

/** A partner is not trusted: how long it takes, how much it says and what, are all limited. */
export function createPartnerClient(dependencies: PartnerClientDependencies): CallPartner {
	const { name, token } = dependencies;
	return async (call) => {
		let response = await post(dependencies, call, await token());
		// The token may have been rotated since it was read.
		if (response.status === 401) response = await post(dependencies, call, await token({ fresh: true }));
		refuseFailure(name, response.status);
		return parseAnswer(name, call.answer, response);
	};
}

interface Received {
	readonly status: number;
	readonly contentType: string;
	readonly text: string;
}

async function post(
	{ name, baseUrl, timeoutMs = TIMEOUT_MS }: PartnerClientDependencies,
	{ path, body, idempotencyKey }: PartnerCall<TSchema>,
	token: string,
): Promise<Received> {
	try {
		const response = await fetch(`${baseUrl}${path}`, {
			method: 'POST',
			headers: {
				authorization: `Bearer ${token}`,
				'content-type': 'application/json',
				'idempotency-key': idempotencyKey,
			},
			body: JSON.stringify(body),
			signal: AbortSignal.timeout(timeoutMs),
			redirect: 'manual',
		});
		const text = await readText(response);
		if (text === undefined) throw new PartnerError('PartnerAnswerInvalid', `${name} answers too much.`);
		return { status: response.status, contentType: response.headers.get('content-type') ?? '', text };
	} catch (error) {
		if (error instanceof PartnerError) throw error;
		// The cause names the URL, which may be internal: it stays behind.
		throw new PartnerError('PartnerUnavailable', `${name} does not answer.`);
	}
}

function refuseFailure(name: string, status: number): void {
	if (status >= 200 && status < 300) return;
	if (status === 401 || status === 403)
		throw new PartnerError('PartnerUnauthorized', `${name} does not take our token (${status}).`);
	if (status >= 500 || status === 408 || status === 429)
		throw new PartnerError('PartnerUnavailable', `${name} answered ${status}.`);
	if (status >= 400) throw new PartnerError('PartnerRejected', `${name} refused the request (${status}).`);
	throw new PartnerError('PartnerAnswerInvalid', `${name} answered ${status}.`);
}

function parseAnswer<Answer extends TSchema>(
	name: string,
	schema: Answer,
	{ contentType, text }: Received,
): Static<Answer> {
	if (!/^application\/(?:[\w.-]+\+)?json\b/.test(contentType))
		throw new PartnerError('PartnerAnswerInvalid', `${name} answered something else than JSON.`);
	let value: unknown;
	try {
		value = Value.Clean(schema, JSON.parse(text));
	} catch {
		throw new PartnerError('PartnerAnswerInvalid', `${name} answered broken JSON.`);
	}
	if (Value.Check(schema, value)) return value;
	const [first] = Value.Errors(schema, value);
	throw new PartnerError(
		'PartnerAnswerInvalid',
		`${name} answered another form than agreed on: ${first?.instancePath ?? ''} ${first?.message ?? ''}`.trim(),
	);
}
