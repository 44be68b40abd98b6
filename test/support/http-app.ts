import type { InjectOptions } from 'fastify';
import type { Test } from 'tap';
import { definitionsText } from '../../src/deploy/documents.ts';
import { type AppDependencies, createApp } from '../../src/http/app.ts';
import { createTaskCreator } from '../../src/tasks/create-task.ts';
import { createTaskGetter } from '../../src/tasks/get-task.ts';
import { newTaskId } from '../../src/tasks/task-id.ts';
import { WORKFLOWS } from '../../src/workflows/catalog.ts';
import { contractFaults } from './contract.ts';
import { createMemoryTaskStore } from './memory-task-store.ts';
import { createRecordingLog } from './recording-log.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | 'PATCH' | 'OPTIONS';

/** The app over a store in memory, for what its edges do: everybody may do everything, but `nobody`. */
export function createHttpApp(t: Test, dependencies: Partial<AppDependencies> = {}) {
	const now = () => Date.UTC(2026, 0, 1);
	const store = createMemoryTaskStore({ retentionSeconds: 3600 });
	const { log } = createRecordingLog();
	const publisher = { publish: async () => {} };
	const app = createApp({
		createTask: createTaskCreator({ store, publisher, now, newTaskId, log }),
		getTask: createTaskGetter({ store, now }),
		workflows: WORKFLOWS,
		findCaller: ({ headers }) =>
			headers['x-test-principal'] === 'nobody'
				? undefined
				: { principal: 'ada', scopes: ['tasks:read', 'tasks:write'] },
		readDocument: async (name) => (name === 'definitions.json' ? definitionsText() : '{"openapi":"3.1.0"}'),
		version: '1.2.3',
		now,
		log,
		...dependencies,
	});
	/** Sends a request; every answer that has a body to show is held against the OpenAPI document. */
	const request = async (
		method: Method,
		url: string,
		{ headers = {}, payload }: Pick<InjectOptions, 'headers' | 'payload'> = {},
	) => {
		const response = await app.inject({
			method,
			url,
			headers,
			...(payload === undefined ? {} : { payload }),
		});
		const { statusCode: status, headers: answered, rawPayload } = response;
		const isText = answered['content-encoding'] === undefined;
		const isJson = isText && String(answered['content-type']).includes('json') && rawPayload.length > 0;
		const body = isJson ? response.json<unknown>() : response.payload;
		if (method !== 'HEAD' && method !== 'OPTIONS' && isText) {
			const faults = contractFaults(method, url, { status, headers: answered, body });
			t.strictSame(faults, [], `${method} ${url.slice(0, 100)} is as documented`);
		}
		return { status, headers: answered, body, bytes: rawPayload };
	};
	const post = (payload: string | Buffer, headers: Record<string, string> = {}) =>
		request('POST', '/v1/tasks', { headers: { 'content-type': 'application/json', ...headers }, payload });
	return { app, store, request, post };
}
