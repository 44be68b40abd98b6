import { test } from 'tap';
import { GREETING } from '../support/api.ts';
import { authorizedEvent, createEventApi } from '../support/event-api.ts';
import { ENTRA_SETTINGS, type ProviderRecipe, RECIPES } from '../support/provider-recipes.ts';

/** Prints lists as API Gateway's JWT authorizer does: `[a b]`. */
function printClaims(claims: ProviderRecipe['claims']): Record<string, string> {
	return Object.fromEntries(
		Object.entries(claims).map(([name, value]) => [
			name,
			Array.isArray(value) ? `[${value.join(' ')}]` : String(value),
		]),
	);
}

test('tokens of every documented provider are accepted with its recipe', async (t) => {
	for (const [provider, { claims, settings, principal }] of Object.entries(RECIPES)) {
		for (const [form, event] of [
			['printed by API Gateway', printClaims(claims)],
			['as issued', claims],
		] as const) {
			const { invoke, published } = createEventApi(t, settings);
			const created = await invoke(authorizedEvent(event, 'POST', '/v1/tasks', GREETING));
			t.equal(created.status, 202, `${provider}, ${form}`);
			t.match(published, [{ message: { task: { principal } } }], provider);
			t.equal((await invoke(authorizedEvent(event, 'GET', '/v1/tasks'))).status, 200, provider);
		}
	}
});

test('a token without the scope gets 403 and the name of the scope', async (t) => {
	const { invoke } = createEventApi(t, ENTRA_SETTINGS);
	const claims = { oid: 'o1', scp: '[Tasks.Read]' };
	t.match(await invoke(authorizedEvent(claims, 'POST', '/v1/tasks', GREETING)), {
		status: 403,
		headers: { 'www-authenticate': 'Bearer error="insufficient_scope", scope="Tasks.Write"' },
		body: { detail: 'Missing scope `Tasks.Write`.' },
	});
	t.match(await invoke(authorizedEvent({ ...claims, scp: 'xTasks.Read' }, 'GET', '/v1/tasks')), {
		status: 403,
	});
});

test('a token without a usable principal gets 401', async (t) => {
	const { invoke } = createEventApi(t);
	const scope = 'tasks:read tasks:write';
	for (const claims of [
		{ scope },
		{ scope, sub: '' },
		{ scope, sub: 'x'.repeat(2000) },
		{ scope, sub: '日'.repeat(171) },
	])
		t.match(await invoke(authorizedEvent(claims, 'GET', '/v1/tasks')), {
			status: 401,
			headers: { 'www-authenticate': /^Bearer/ },
		});
	t.equal((await invoke(authorizedEvent({ scope, sub: 'x'.repeat(512) }, 'GET', '/v1/tasks'))).status, 200);
});

test('principals that differ in case or contain delimiters stay distinct', async (t) => {
	const { invoke } = createEventApi(t);
	const principals = [
		'Ada',
		'ada',
		'a',
		'a#b',
		'a#b#c',
		'auth0|5f7',
		'google-oauth2|1',
		'$x_y',
		'urn:x:y',
		'https://idp.example/u/1',
		'日本',
	];
	const ids = new Map<string, string>();
	const as = (sub: string, method: string, path: string, body?: unknown) => {
		const event = authorizedEvent({ sub, scope: 'tasks:read tasks:write' }, method, path, body);
		return invoke({ ...event, headers: { ...event.headers, 'idempotency-key': 'k' } });
	};
	for (const principal of principals) {
		const { status, body } = await as(principal, 'POST', '/v1/tasks', GREETING);
		t.equal(status, 202, principal);
		ids.set(principal, body.task_id);
	}
	t.equal(new Set(ids.values()).size, principals.length, 'each key makes a task of its own');
	for (const [principal, id] of ids) {
		const { body } = await as(principal, 'GET', '/v1/tasks');
		t.strictSame(
			body.tasks.map((task: { task_id: string }) => task.task_id),
			[id],
			principal,
		);
		for (const other of principals)
			t.equal((await as(other, 'GET', `/v1/tasks/${id}`)).status, other === principal ? 200 : 404);
	}
});
