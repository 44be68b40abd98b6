import type { ServerResponse } from 'node:http';

/** An answer before it is sent. */
export interface Answer {
	readonly statusCode: number;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string | readonly string[]>>;
	readonly body: Buffer;
}

/** The error messages of an HTTP API itself. */
const REFUSALS = {
	400: 'Bad Request',
	401: 'Unauthorized',
	403: 'Forbidden',
	404: 'Not Found',
	413: 'Request Entity Too Large',
	431: 'Request Header Fields Too Large',
	500: 'Internal Server Error',
	503: 'Service Unavailable',
} as const;

/** Statuses whose answers have no body, and no length of one. */
const BODILESS: ReadonlySet<number> = new Set([204, 304]);

/** Creates an error answer of the gateway itself. */
export function refusal(statusCode: keyof typeof REFUSALS, headers: Answer['headers'] = {}): Answer {
	return jsonAnswer(statusCode, { message: REFUSALS[statusCode] }, headers);
}

/** Creates a JSON answer. */
export function jsonAnswer(statusCode: number, value: unknown, headers: Answer['headers'] = {}): Answer {
	return {
		statusCode,
		headers: { 'content-type': 'application/json', ...headers },
		body: Buffer.from(JSON.stringify(value)),
	};
}

/** Creates the answer to a preflight, without its CORS headers. */
export function emptyAnswer(): Answer {
	return { statusCode: 204, headers: {}, body: Buffer.alloc(0) };
}

/** Sends the answer; Node omits the body of a HEAD request and keeps its length. */
export function writeAnswer(response: ServerResponse, { statusCode, headers, body }: Answer): void {
	for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
	if (!BODILESS.has(statusCode)) response.setHeader('content-length', body.length);
	response.writeHead(statusCode);
	response.end(body);
}
