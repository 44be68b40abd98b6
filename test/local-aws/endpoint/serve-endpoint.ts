import { createServer } from 'node:http';
import type { Test } from 'tap';
import { createEndpoint } from '../../../src/local-aws/endpoint/endpoint.ts';
import type { HttpService, JsonService } from '../../../src/local-aws/endpoint/service.ts';
import { createRecordingLog, type LogLine } from '../../support/recording-log.ts';

/** The response to a call in AWS JSON. */
export interface Answer {
	readonly status: number;
	readonly headers: Headers;
	readonly body: Record<string, unknown>;
}

/** An endpoint on a free port that closes with the test. */
export interface ServedEndpoint {
	readonly url: string;
	readonly lines: readonly LogLine[];
	/** Calls an operation without an SDK client; `target` is the whole `X-Amz-Target`. */
	readonly call: (service: string, target: string, input?: unknown) => Promise<Answer>;
}

/** An authorization header of SDK clients. The endpoint reads its scope and ignores the signature. */
export function authorization(service: string): string {
	const credential = `local/20260101/eu-west-1/${service}/aws4_request`;
	return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=00`;
}

export async function serveEndpoint(
	t: Test,
	services: readonly (JsonService | HttpService)[],
): Promise<ServedEndpoint> {
	const { log, lines } = createRecordingLog();
	let ids = 0;
	const newId = () => {
		ids += 1;
		return `request-${ids}`;
	};
	const server = createServer({ keepAliveTimeout: 600_000 }, createEndpoint({ services, newId, log }));
	t.teardown(() => server.close());
	await new Promise<void>((resolve) => {
		server.listen(0, '127.0.0.1', resolve);
	});
	const address = server.address();
	if (typeof address !== 'object' || address === null) throw new Error('The server has no port.');
	const url = `http://127.0.0.1:${address.port}/`;
	return {
		url,
		lines,
		async call(service, target, input = {}) {
			const response = await fetch(url, {
				method: 'POST',
				headers: { authorization: authorization(service), 'x-amz-target': target },
				body: typeof input === 'string' ? input : JSON.stringify(input),
			});
			const body: Record<string, unknown> = JSON.parse(await response.text());
			return { status: response.status, headers: response.headers, body };
		},
	};
}
