import { test } from 'tap';
import { buildProject } from '../../src/local/build-project.ts';
import { projectOptions } from '../../src/local/start-stack.ts';
import { startStack } from '../../src/local-aws/index.ts';
import { RECIPES } from '../support/provider-recipes.ts';

const GREETING = JSON.stringify({ type: 'greeting', data: { name: 'Ada' } });

/** Environment variables of the API function for the settings of a recipe. */
function environmentOf({ settings = {} }: (typeof RECIPES)[string]): Record<string, string> {
	const { principalClaim, scopeClaims, scopePrefix, scopeNames } = settings;
	return {
		...(principalClaim === undefined ? {} : { PRINCIPAL_CLAIM: principalClaim }),
		...(scopeClaims === undefined ? {} : { SCOPE_CLAIMS: scopeClaims.join() }),
		...(scopePrefix === undefined ? {} : { SCOPE_PREFIX: scopePrefix }),
		...(scopeNames === undefined
			? {}
			: { READ_SCOPE: scopeNames['tasks:read'], WRITE_SCOPE: scopeNames['tasks:write'] }),
	};
}

test('minted tokens of every documented provider pass the authorizer and the API', async (t) => {
	const template = await buildProject('jwt');
	const bySettings = Map.groupBy(Object.entries(RECIPES), ([, recipe]) =>
		JSON.stringify(environmentOf(recipe)),
	);
	for (const recipes of bySettings.values()) {
		const [[, first] = []] = recipes;
		const stack = await startStack({
			...projectOptions(),
			template,
			environment: { ApiLambdaFunction: first === undefined ? {} : environmentOf(first) },
		});
		t.teardown(() => stack.close());
		const mint = async (claims: object): Promise<string> => {
			const response = await fetch(`${stack.url}/_local/tokens`, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify(claims),
			});
			return `Bearer ${Object(await response.json()).access_token}`;
		};
		const send = (authorization: string, path: string, init: RequestInit = {}) =>
			fetch(`${stack.url}${path}`, {
				...init,
				headers: { authorization, 'content-type': 'application/json' },
			});
		for (const [provider, { claims, principal }] of recipes) {
			// An access token of Cognito has no audience: the authorizer compares the client.
			const cognito = provider.startsWith('Cognito') ? { aud: null, client_id: 'task-api' } : {};
			const token = await mint({ ...claims, ...cognito });
			const created = await send(token, '/v1/tasks', { method: 'POST', body: GREETING });
			t.equal(created.status, 202, provider);
			const { task_id } = Object(await created.json());
			t.equal((await send(token, `/v1/tasks/${task_id}`)).status, 200, provider);

			const stranger = await mint({ ...claims, ...cognito, sub: 'eve', oid: 'eve' });
			t.equal((await send(stranger, `/v1/tasks/${task_id}`)).status, 404, `${provider}: not ${principal}`);
			const withoutScopes = await mint({ sub: principal, oid: principal, ...cognito });
			t.equal((await send(withoutScopes, '/v1/tasks')).status, 403, `${provider}: no scope`);
			const otherAudience = await mint({ ...claims, aud: 'other', client_id: 'other' });
			t.equal((await send(otherAudience, '/v1/tasks')).status, 401, `${provider}: another audience`);
		}
	}
});
