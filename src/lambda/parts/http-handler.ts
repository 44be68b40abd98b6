import { IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
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
				const request = requestOf(parseValue(HttpEvent, event, 'HTTP event'));
				invocations.set(request, { event, context });
				answer(request, responseTo(request, resolve));
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

function requestOf({
	rawPath,
	rawQueryString,
	headers,
	cookies,
	body,
	...event
}: HttpEvent): IncomingMessage {
	const request = new IncomingMessage(UNCONNECTED);
	request.method = event.requestContext.http.method;
	request.url = rawQueryString === '' ? rawPath : `${rawPath}?${rawQueryString}`;
	request.httpVersion = '1.1';
	for (const [name, value] of Object.entries(headers)) request.headers[name.toLowerCase()] = value;
	if (cookies !== undefined) request.headers.cookie = cookies.join(';');
	// There is no connection to read more from.
	request._read = () => undefined;
	if (body !== undefined && body !== '') {
		const bytes = Buffer.from(body, event.isBase64Encoded ? 'base64' : 'utf8');
		request.headers['content-length'] ??= String(bytes.length);
		request.push(bytes);
	}
	request.push(null);
	return request;
}

/** A response that is gathered instead of sent. */
function responseTo(request: IncomingMessage, resolve: (result: HttpResult) => void): ServerResponse {
	const response = new ServerResponse(request);
	const chunks: Buffer[] = [];
	const gather = (chunk: unknown) => {
		if (typeof chunk === 'string') chunks.push(Buffer.from(chunk));
		else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
	};
	return Object.assign(response, {
		writeHead(status: number, headers: OutgoingHttpHeaders = {}) {
			response.statusCode = status;
			for (const [name, value] of Object.entries(headers))
				if (value !== undefined) response.setHeader(name, value);
			return response;
		},
		write(chunk: unknown) {
			gather(chunk);
			return true;
		},
		end(chunk: unknown) {
			gather(chunk);
			response.finished = true;
			const hasBody = request.method !== 'HEAD' && response.statusCode !== 304;
			resolve(resultOf(response, hasBody ? Buffer.concat(chunks) : Buffer.alloc(0)));
			response.emit('finish');
			return response;
		},
	});
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
