import type { Runtime } from './runtime.ts';
import { TaskApiError } from './task-api-error.ts';
import type { ValidationFault } from './task-types.ts';

/** Where the API is and how to reach it. */
export interface TransportOptions {
	/** URL of the API without `/v1`, such as `https://tasks.example.com`. In a browser `''` is the origin of the page. */
	readonly baseUrl: string;
	/** Bearer token, or a function that returns one. It is called for each request. */
	readonly token?: string | (() => string | undefined | Promise<string | undefined>) | undefined;
	/** Replaces the global `fetch`. */
	readonly fetch?: typeof fetch;
	/** Number of requests of a call at most, the first one included. Default: 4. */
	readonly maxAttempts?: number;
}

/** A request to the API. */
export interface ApiRequest {
	readonly method: 'GET' | 'POST';
	/** Path with its query, below `baseUrl`. */
	readonly path: string;
	readonly headers?: Readonly<Record<string, string>>;
	/** Sent as JSON. */
	readonly body?: unknown;
	/** Replaces the client's token. */
	readonly token?: string;
	readonly signal?: AbortSignal | undefined;
}

/** A response with status 2xx or 304. */
export interface ApiResponse {
	readonly status: number;
	readonly headers: Headers;
	/** The parsed JSON; `undefined` without a body. */
	readonly body: unknown;
	/** The number of requests that were sent. */
	readonly attempts: number;
}

/** Sends a request; repeats it as long as a repetition may help. */
export type Transport = (request: ApiRequest) => Promise<ApiResponse>;

const DEFAULT_MAX_ATTEMPTS = 4;
const MIN_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 4000;

/** A longer `Retry-After` is reported as an error at once, with its value. */
const MAX_RETRY_AFTER_SECONDS = 60;

/** Added to `Retry-After` at random, so that clients that were rejected together do not return together. */
const RETRY_AFTER_SPREAD = 0.2;

/** API Gateway answers within 30 s; a connection without an answer is lost. */
const RESPONSE_TIMEOUT_MS = 35_000;

/** 502 and 504 come from proxies, and 429 and 503 also from API Gateway. */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Creates a function that sends requests. Connection errors, 429, 502, 503 and 504 are repeated up to three times,
 * after `Retry-After` or an exponential backoff with jitter.
 */
export function createTransport(options: TransportOptions, { now, sleep, random }: Runtime): Transport {
	const { maxAttempts = DEFAULT_MAX_ATTEMPTS } = options;
	const backoffMs = (attempt: number) =>
		(0.5 + random() / 2) * Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** (attempt - 1));

	/** @throws {@link TaskApiError} if every attempt failed, or the reason of the signal. */
	return async (request) => {
		for (let attempt = 1; ; attempt += 1) {
			const outcome = await sendOnce(options, request);
			if ('response' in outcome && !RETRYABLE_STATUSES.has(outcome.response.status))
				return parseResponse(outcome.response, outcome.text, attempt, now());
			const error =
				'response' in outcome
					? toApiError(outcome.response, outcome.text, attempt, now())
					: networkError(request, outcome.error, attempt);
			const { retryAfterSeconds = 0 } = error;
			if (attempt >= maxAttempts || retryAfterSeconds > MAX_RETRY_AFTER_SECONDS) throw error;
			const waitMs =
				retryAfterSeconds > 0
					? retryAfterSeconds * 1000 * (1 + random() * RETRY_AFTER_SPREAD)
					: backoffMs(attempt);
			await sleep(waitMs, request.signal);
		}
	};
}

type Outcome = { readonly response: Response; readonly text: string } | { readonly error: unknown };

async function sendOnce(options: TransportOptions, request: ApiRequest): Promise<Outcome> {
	const { method, path, body, signal } = request;
	signal?.throwIfAborted();
	const token = request.token ?? (await currentToken(options.token));
	const timeout = AbortSignal.timeout(RESPONSE_TIMEOUT_MS);
	const send = options.fetch ?? fetch;
	try {
		const response = await send(`${options.baseUrl.replace(/\/+$/, '')}${path}`, {
			method,
			headers: {
				accept: 'application/json, application/problem+json',
				...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
				...(body === undefined ? {} : { 'content-type': 'application/json' }),
				...request.headers,
			},
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
			signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
		});
		return { response, text: await response.text() };
	} catch (error) {
		signal?.throwIfAborted();
		return { error };
	}
}

async function currentToken(token: TransportOptions['token']): Promise<string | undefined> {
	return typeof token === 'function' ? token() : token;
}

function networkError({ method, path }: ApiRequest, cause: unknown, attempts: number): TaskApiError {
	const reason = cause instanceof Error ? reasonOf(cause) : String(cause);
	return new TaskApiError({
		status: 0,
		code: 'network',
		detail: `${method} ${path.split('?', 1)[0]} got no response: ${reason}`,
		attempts,
		cause,
	});
}

/** Node puts the reason of a failed `fetch` into its cause. */
function reasonOf({ message, cause }: Error): string {
	if (!(cause instanceof Error)) return message;
	return cause.message === '' && 'code' in cause ? String(cause.code) : cause.message;
}

/** @throws {@link TaskApiError} unless the status is 2xx or 304 and a body is JSON. */
function parseResponse(response: Response, text: string, attempts: number, nowMs: number): ApiResponse {
	const { status, headers } = response;
	if (!response.ok && status !== 304) throw toApiError(response, text, attempts, nowMs);
	const body = parseJson(text);
	if (text !== '' && body === undefined)
		throw new TaskApiError({
			status,
			code: 'unexpected-response',
			detail: 'The response is not JSON. Does baseUrl lead to the API?',
			requestId: requestIdOf(headers),
			attempts,
		});
	return { status, headers, body, attempts };
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Codes of responses that are not problems: API Gateway's own. */
const CODE_BY_STATUS: Readonly<Record<number, string>> = {
	401: 'unauthorized',
	403: 'forbidden',
	404: 'not-found',
	413: 'payload-too-large',
	429: 'rate-limited',
	500: 'internal',
	503: 'unavailable',
};

function toApiError(
	{ status, headers }: Response,
	text: string,
	attempts: number,
	nowMs: number,
): TaskApiError {
	const body = parseJson(text);
	const [, code] = /^\/problems\/([a-z-]+)$/.exec(textMember(body, 'type') ?? '') ?? [];
	return new TaskApiError({
		status,
		code: code ?? CODE_BY_STATUS[status] ?? 'unexpected-response',
		detail:
			textMember(body, 'detail') ?? textMember(body, 'message') ?? `The response has the status ${status}.`,
		errors: faultsOf(body),
		requestId: requestIdOf(headers),
		retryAfterSeconds: parseRetryAfter(headers, nowMs),
		attempts,
	});
}

function member(value: unknown, name: string): unknown {
	return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textMember(value: unknown, name: string): string | undefined {
	const found = member(value, name);
	return typeof found === 'string' ? found : undefined;
}

function faultsOf(body: unknown): readonly ValidationFault[] {
	const errors = member(body, 'errors');
	return Array.isArray(errors) ? errors.filter(isFault) : [];
}

function isFault(value: unknown): value is ValidationFault {
	return Array.isArray(member(value, 'loc')) && textMember(value, 'msg') !== undefined;
}

function requestIdOf(headers: Headers): string | undefined {
	return headers.get('apigw-requestid') ?? headers.get('x-request-id') ?? undefined;
}

/** Returns the seconds of `Retry-After`, which is a number or a date (RFC 9110, 10.2.3); `undefined` without one. */
export function parseRetryAfter(headers: Headers, nowMs: number): number | undefined {
	const text = headers.get('retry-after')?.trim() ?? '';
	if (/^\d{1,9}$/.test(text)) return Number(text);
	const atMs = Date.parse(text);
	return Number.isNaN(atMs) ? undefined : Math.max(0, Math.ceil((atMs - nowMs) / 1000));
}
