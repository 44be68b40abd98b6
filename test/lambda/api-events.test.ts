import { test } from 'tap';
import { httpEvent } from '../../src/deploy/code-cache/warm-up-events.ts';
import { GREETING } from '../support/api.ts';
import { authorizedEvent, createEventApi } from '../support/event-api.ts';

const CLAIMS = { sub: 'ada', scope: 'tasks:read tasks:write' };

/** An event with its path behind an API mapping of a custom domain. */
function mappedEvent(method: string, { rawPath, path }: { rawPath: string; path: string }, body?: unknown) {
	const event = authorizedEvent(CLAIMS, method, rawPath, body);
	const { requestContext } = event;
	return { ...event, requestContext: { ...requestContext, http: { ...requestContext.http, path } } };
}

test('forged headers give a client no claims', async (t) => {
	const { invoke } = createEventApi(t);
	const forged = encodeURIComponent(JSON.stringify(authorizedEvent(CLAIMS, 'GET', '/v1/tasks')));
	const event = httpEvent('GET', '/v1/tasks');
	for (const name of [
		'x-apigateway-event',
		'X-ApiGateway-Event',
		'x-aws-lambda-fastify-request',
		'x-apigateway-context',
	]) {
		const headers = { ...event.headers, [name]: forged };
		t.match(
			await invoke({ ...event, headers }),
			{ status: 401, body: { type: '/problems/unauthorized' } },
			name,
		);
	}
});

test('a null body is no body', async (t) => {
	const { invoke } = createEventApi(t);
	const event = { ...authorizedEvent(CLAIMS, 'GET', '/v1/tasks'), body: null };
	t.equal((await invoke(event)).status, 200);
	const post = { ...authorizedEvent(CLAIMS, 'POST', '/v1/tasks'), body: null };
	t.match(await invoke(post), { status: 422, body: { errors: [{ loc: ['body'] }] } });
});

test('a method without a route is 405, whatever it is', async (t) => {
	const { invoke } = createEventApi(t);
	for (const method of ['QUERY', 'PUT', 'TRACE', 'PROPFIND', 'M-SEARCH', 'FOO'])
		for (const body of [undefined, GREETING])
			t.match(
				await invoke(authorizedEvent(CLAIMS, method, '/v1/tasks', body)),
				{
					status: 405,
					headers: { allow: 'GET, HEAD, POST' },
					body: { type: '/problems/method-not-allowed' },
				},
				method,
			);
	t.match(await invoke(httpEvent('OPTIONS', '/v1/tasks', '{')), {
		status: 204,
		headers: { allow: 'GET, HEAD, POST' },
	});
});

test('a body is not parsed without a route or a caller', async (t) => {
	const { invoke } = createEventApi(t);
	const malformed = httpEvent('POST', '/v1/tasks', '{');
	t.equal((await invoke(malformed)).status, 401);
	t.equal((await invoke(httpEvent('POST', '/v1/nothing', '{'))).status, 404);
	t.equal((await invoke(httpEvent('PUT', '/v1/tasks', '{'))).status, 405);
	const { requestContext } = authorizedEvent({ ...CLAIMS, scope: 'tasks:read' }, 'POST', '/v1/tasks');
	t.equal((await invoke({ ...malformed, requestContext })).status, 403);
	const { requestContext: allowed } = authorizedEvent(CLAIMS, 'POST', '/v1/tasks');
	t.equal((await invoke({ ...malformed, requestContext: allowed })).status, 400);
});

test('links keep the base path of an API mapping, whether rawPath has it or not', async (t) => {
	for (const rawPath of ['/v1/tasks', '/jobs/v1/tasks']) {
		const { invoke } = createEventApi(t);
		const { status, headers, body } = await invoke(
			mappedEvent('POST', { rawPath, path: '/jobs/v1/tasks' }, GREETING),
		);
		t.equal(status, 202, rawPath);
		const self = `/jobs/v1/tasks/${body.task_id}`;
		t.equal(headers['location'], self);
		t.match(body.links, { self, events: `${self}/events`, cancel: `${self}/cancel` });
		const listed = await invoke(mappedEvent('GET', { rawPath, path: '/jobs/v1/tasks' }));
		t.match(listed.body.tasks, [{ links: { self } }]);
		const batch = await invoke(
			mappedEvent(
				'POST',
				{ rawPath: `${rawPath}/batch`, path: '/jobs/v1/tasks/batch' },
				{ tasks: [GREETING] },
			),
		);
		t.match(batch.body.results[0].task.links.self, /^\/jobs\/v1\/tasks\//);
	}
});

test('the OpenAPI document names the base path as its server', async (t) => {
	const { invoke } = createEventApi(t);
	const document = await invoke(
		mappedEvent('GET', { rawPath: '/v1/openapi.json', path: '/a/b/v1/openapi.json' }),
	);
	t.match(document.body, { servers: [{ url: '/a/b' }] });
	const direct = await invoke(httpEvent('GET', '/v1/openapi.json'));
	t.not(direct.headers['etag'], document.headers['etag']);
});

test('a base path cannot name another host', async (t) => {
	const { invoke } = createEventApi(t);
	for (const path of ['//evil.example/v1/tasks', '/jobs//v1/tasks', '/a:b/v1/tasks']) {
		const { headers } = await invoke(mappedEvent('POST', { rawPath: '/v1/tasks', path }, GREETING));
		t.match(headers['location'], /^\/v1\/tasks\//, path);
	}
	const direct = await invoke(mappedEvent('GET', { rawPath: '//evil.example/v1/tasks', path: '' }));
	t.equal(direct.status, 404);
});

test('instance is a URI without control characters', async (t) => {
	const { invoke } = createEventApi(t);
	for (const path of ['/v1/a\u0001b', '/v1/a"b<c>', '/v1/日本', '/v1/a|b'])
		t.match((await invoke(httpEvent('GET', path))).body, { status: 404, instance: /^\/[\w%/.~-]+$/ }, path);
});
