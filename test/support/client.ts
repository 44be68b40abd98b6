import { setTimeout as delay } from 'node:timers/promises';
import { contractFaults } from './contract.ts';

/** A poll that takes longer fails the test. */
const MAX_POLL_MS = 180_000;

export interface HttpAnswer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	/** The parsed JSON, or the text of any other media type. */
	readonly body: Readonly<Record<string, unknown>>;
}

/** A client of a running stack that validates every response against the OpenAPI document. */
export function createClient(url: string) {
	const request = async (
		method: string,
		path: string,
		init: { headers?: Record<string, string>; body?: string } = {},
	): Promise<HttpAnswer> => {
		const response = await fetch(`${url}${path}`, { method, ...init });
		const headers = Object.fromEntries(response.headers);
		const text = await response.text();
		const body = (headers['content-type'] ?? '').includes('json') && text !== '' ? JSON.parse(text) : text;
		const faults = contractFaults(method, path, { status: response.status, headers, body });
		if (faults.length > 0) throw new Error(`${faults.join('; ')}: ${text}`);
		return { status: response.status, headers, body };
	};
	const post = (body: unknown, headers: Record<string, string> = {}) =>
		request('POST', '/v1/tasks', {
			headers: { 'content-type': 'application/json', ...headers },
			body: JSON.stringify(body),
		});
	/** Polls until the task has finished. Rejects after {@link MAX_POLL_MS}. */
	const finished = async (
		taskId: unknown,
		headers: Record<string, string> = {},
	): Promise<HttpAnswer['body']> => {
		// The interval grows, since tests wait for hundreds of tasks at once.
		const deadlineMs = performance.now() + MAX_POLL_MS;
		for (let waitMs = 20; performance.now() < deadlineMs; waitMs = Math.min(500, waitMs * 1.5)) {
			const { body } = await request('GET', `/v1/tasks/${String(taskId)}`, { headers });
			if (body['status'] !== 'PENDING' && body['status'] !== 'RUNNING') return body;
			await delay(waitMs);
		}
		throw new Error(`Task ${String(taskId)} did not finish within ${MAX_POLL_MS / 1000} s.`);
	};
	return { request, post, finished };
}
