import type { ServerResponse } from 'node:http';
import type { Test } from 'tap';
import { type ClientOptions, createClient } from '../../src/client/index.ts';
import { startHttpReceiver } from '../support/http-receiver.ts';

/** A programmed response: `undefined` breaks the connection. */
export type Answer =
	| undefined
	| { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: unknown };

/** The first second of the test's clock. */
export const START_MS = Date.parse('2026-11-20T09:30:00.000Z');

/** A task as the API sends it. */
export const taskBody = (members: object = {}) => ({
	task_id: '01932f4e-6f00-7000-8000-000000000001',
	type: 'greeting',
	status: 'RUNNING',
	tags: {},
	created_at: '2026-11-20T09:30:00.000Z',
	updated_at: '2026-11-20T09:30:00.000Z',
	redrive_count: 0,
	links: { self: '/v1/tasks/01932f4e-6f00-7000-8000-000000000001', events: '/v1/tasks/x/events' },
	...members,
});

/** A problem as the API sends it. */
export const problem = (status: number, code: string, headers: Record<string, string> = {}): Answer => ({
	status,
	headers: { 'content-type': 'application/problem+json', ...headers },
	body: { type: `/problems/${code}`, title: 'Title.', status, detail: `Detail of ${code}.`, instance: '/' },
});

/**
 * A client of a server that sends these answers, one for each request; the last one is repeated. Time passes only while
 * the client sleeps, and randomness is 0.
 */
export async function clientOf(t: Test, answers: readonly Answer[], options: Partial<ClientOptions> = {}) {
	const { url, requests } = await startHttpReceiver(t, (response, number) =>
		send(response, answers[Math.min(number, answers.length - 1)]),
	);
	const sleeps: number[] = [];
	let nowMs = START_MS;
	let keys = 0;
	const client = createClient(
		{ baseUrl: url, ...options },
		{
			now: () => nowMs,
			async sleep(ms, signal) {
				signal?.throwIfAborted();
				sleeps.push(ms);
				nowMs += ms;
			},
			random: () => 0,
			createKey: () => `key-${(keys += 1)}`,
		},
	);
	return { client, requests, sleeps, url };
}

function send(response: ServerResponse, answer: Answer): void {
	if (answer === undefined) {
		response.destroy();
		return;
	}
	const { status = 200, headers = {}, body } = answer;
	response.writeHead(status, { 'content-type': 'application/json', ...headers });
	response.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
}
