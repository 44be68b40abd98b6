import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Test } from 'tap';

/** A real HTTP server with programmed responses that records the requests it receives. */
export interface HttpReceiver {
	readonly url: string;
	/** The requests in order of arrival. */
	readonly requests: {
		readonly method: string;
		readonly path: string;
		readonly headers: IncomingHttpHeaders;
		readonly body: string;
	}[];
}

/** Starts a receiver; `answer` gets the response, the request's number (from 0) and its path. */
export async function startHttpReceiver(
	t: Test,
	answer: (response: ServerResponse, number: number, path: string) => void,
): Promise<HttpReceiver> {
	const requests: HttpReceiver['requests'] = [];
	const receive = async (request: IncomingMessage, response: ServerResponse) => {
		const body = await text(request);
		const path = request.url ?? '';
		requests.push({ method: request.method ?? '', path, headers: request.headers, body });
		answer(response, requests.length - 1, path);
	};
	const server = createServer((request, response) => void receive(request, response)).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	const address = server.address();
	if (typeof address !== 'object' || address === null) throw new Error('no port');
	return { url: `http://127.0.0.1:${address.port}`, requests };
}
