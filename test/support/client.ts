import { setTimeout as delay } from 'node:timers/promises';
import { contractFaults } from './contract.ts';

export interface HttpAnswer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	/** JSON where the answer is JSON, else the text. */
	readonly body: Readonly<Record<string, unknown>>;
}

/** A client of a running stack; every answer is held against the OpenAPI document. */
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
	/** Polls until the task has finished. */
	const finished = async (
		taskId: unknown,
		headers: Record<string, string> = {},
	): Promise<HttpAnswer['body']> => {
		// Soon at first, then seldom: hundreds of tasks are waited for at once.
		for (let waitMs = 20; ; waitMs = Math.min(500, waitMs * 1.5)) {
			const { body } = await request('GET', `/v1/tasks/${String(taskId)}`, { headers });
			if (body['status'] !== 'PENDING' && body['status'] !== 'RUNNING') return body;
			await delay(waitMs);
		}
	};
	return { request, post, finished };
}
