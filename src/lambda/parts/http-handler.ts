import {
	IncomingMessage,
	type OutgoingHttpHeader,
	type OutgoingHttpHeaders,
	ServerResponse,
} from 'node:http';
import { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { HttpEvent } from '../../http/http-event.ts';
import { parseValue } from '../../parse.ts';

/** What an HTTP API takes for an answer. */
export interface HttpResult {
	readonly statusCode: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly cookies?: readonly string[];
	readonly body: string;
	readonly isBase64Encoded: boolean;
}

/** What Lambda handed over for a request: nothing that a client sends gets there. */
export interface Invocation<Context> {
	readonly event: unknown;
	readonly context: Context;
}

/** An app that answers Node's requests; Fastify's own `routing`. */
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Hands events to the app as the requests of Node that it knows, without a connection and without the client that
 * @fastify/aws-lambda injects them by, which costs a quarter of a request. test/lambda holds both to one contract.
 */
export function createHttpHandler<Context>(answer: Answer) {
	const invocations = new WeakMap<IncomingMessage, Invocation<Context>>();
	return {
		handler: (event: unknown, context: Context): Promise<HttpResult> =>
			new Promise((resolve) => {
				const request = new EventRequest(parseValue(HttpEvent, event, 'HTTP event'));
				invocations.set(request, { event, context });
				answer(request, new GatheredResponse(request, resolve));
			}),
		invocationOf: ({ raw }: Pick<FastifyRequest, 'raw'>): Invocation<Context> => {
			const invocation = invocations.get(raw);
			if (invocation === undefined) throw new Error('The request is of no invocation.');
			return invocation;
		},
	};
}

/** Nobody is at the other end: everything is there when a request begins. */
const UNCONNECTED = new Socket();

class EventRequest extends IncomingMessage {
	constructor({ rawPath, rawQueryString, headers, cookies, body, ...event }: HttpEvent) {
		super(UNCONNECTED);
		this.method = event.requestContext.http.method;
		this.url = rawQueryString === '' ? rawPath : `${rawPath}?${rawQueryString}`;
		this.httpVersion = '1.1';
		for (const name in headers) this.headers[name.toLowerCase()] = headers[name];
		if (cookies !== undefined) this.headers.cookie = cookies.join(';');
		if (body !== undefined && body !== '') {
			const bytes = Buffer.from(body, event.isBase64Encoded ? 'base64' : 'utf8');
			this.headers['content-length'] ??= String(bytes.length);
			this.push(bytes);
		}
		this.push(null);
	}

	/** There is no connection to read more from. */
	override _read(): void {}
}

/** A response that is gathered instead of sent. */
class GatheredResponse extends ServerResponse {
	readonly #chunks: Buffer[] = [];
	readonly #resolve: (result: HttpResult) => void;

	constructor(request: IncomingMessage, resolve: (result: HttpResult) => void) {
		super(request);
		this.#resolve = resolve;
	}

	override writeHead(
		status: number,
		headers: OutgoingHttpHeaders | string | OutgoingHttpHeader[] = {},
	): this {
		this.statusCode = status;
		for (const [name, value] of Object.entries(headers)) if (value !== undefined) this.setHeader(name, value);
		return this;
	}

	override write(chunk: unknown): boolean {
		if (typeof chunk === 'string') this.#chunks.push(Buffer.from(chunk));
		else if (chunk instanceof Uint8Array) this.#chunks.push(Buffer.from(chunk));
		return true;
	}

	override end(chunk?: unknown): this {
		this.write(chunk);
		this.finished = true;
		const hasBody = this.req.method !== 'HEAD' && this.statusCode !== 304;
		this.#resolve(resultOf(this, hasBody ? Buffer.concat(this.#chunks) : Buffer.alloc(0)));
		this.emit('finish');
		return this;
	}
}

function resultOf(response: ServerResponse, body: Buffer): HttpResult {
	const { 'set-cookie': setCookie, ...others } = response.getHeaders();
	const headers: Record<string, string> = {};
	for (const [name, value] of Object.entries(others)) headers[name] = String(value);
	const isCompressed = (headers['content-encoding'] ?? 'identity') !== 'identity';
	return {
		statusCode: response.statusCode,
		headers,
		...(setCookie === undefined ? {} : { cookies: [setCookie].flat().map(String) }),
		body: body.toString(isCompressed ? 'base64' : 'utf8'),
		isBase64Encoded: isCompressed,
	};
}
