import { randomUUID } from 'node:crypto';
import { contractFaults } from './contract.ts';
import { pollUntil } from './poll.ts';

const UNAVAILABLE = 503;

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
	/** Creates a task as the API documents it: a 503 is repeated with the same idempotency key. */
	const accepted = (body: unknown): Promise<HttpAnswer> => {
		const key = { 'idempotency-key': randomUUID() };
		return pollUntil(
			'the acceptance of a task',
			async () => {
				const answer = await post(body, key);
				return answer.status === UNAVAILABLE ? undefined : answer;
			},
			(attempt) => Math.min(2000, 100 * 2 ** attempt),
		);
	};
	/** Polls until the task has finished. A loaded machine may answer 503 in between. */
	const finished = (taskId: unknown, headers: Record<string, string> = {}): Promise<HttpAnswer['body']> =>
		pollUntil(
			`task ${String(taskId)}`,
			async () => {
				const { status, body } = await request('GET', `/v1/tasks/${String(taskId)}`, { headers });
				if (status === UNAVAILABLE) return undefined;
				return body['status'] === 'PENDING' || body['status'] === 'RUNNING' ? undefined : body;
			},
			// The interval grows, since hundreds of polls at once would take the time of the tasks that they wait for.
			(attempt) => Math.min(2000, 20 * 1.5 ** attempt),
		);
	return { request, post, accepted, finished };
}
