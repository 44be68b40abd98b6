import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Test, test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { contractFaults } from '../support/contract.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { createRecordingLog } from '../support/recording-log.ts';

/** The callers that each operation accepts. A new operation fails the test until it is listed here. */
const ACCESS = {
	createTask: 'tasks:write',
	createTasks: 'tasks:write',
	listTasks: 'tasks:read',
	getTask: 'tasks:read',
	listTaskEvents: 'tasks:read',
	cancelTask: 'tasks:write',
	redriveTask: 'tasks:write',
	rerunTask: 'tasks:write',
	getTaskResult: 'tasks:read',
	listTypes: 'tasks:read',
	getType: 'tasks:read',
	getHealth: 'public',
	getOpenapi: 'public',
	getDocs: 'public',
	answerCallback: 'callback-token',
	answerJiraCallback: 'callback-token',
	getCallback: 'callback-token',
	getApproval: 'approval-token',
	decideApproval: 'approval-token',
	createCallbackToken: 'tasks:write',
	createWebhook: 'webhooks:write',
	listWebhooks: 'webhooks:write',
	getWebhook: 'webhooks:write',
	updateWebhook: 'webhooks:write',
	deleteWebhook: 'webhooks:write',
	rotateWebhookSecret: 'webhooks:write',
	getWebhookSecret: 'webhooks:write',
	testWebhook: 'webhooks:write',
	listWebhookDeliveries: 'webhooks:write',
	replayDelivery: 'webhooks:write',
	listTaskDeliveries: 'tasks:read',
	createSchedule: 'schedules:write',
	listSchedules: 'schedules:write',
	getSchedule: 'schedules:write',
	updateSchedule: 'schedules:write',
	pauseSchedule: 'schedules:write',
	resumeSchedule: 'schedules:write',
	deleteSchedule: 'schedules:write',
	listScheduleTasks: 'tasks:read',
} as const;

type OperationId = keyof typeof ACCESS;

/** The path parameters of one principal's resources: another principal gets 404. */
const OWNED = ['{task_id}', '{webhook_id}', '{delivery_id}', '{schedule_id}'];

interface Operation {
	readonly operationId: string;
	readonly method: string;
	readonly path: string;
}

const document: { paths: Record<string, Record<string, { operationId: string }>> } = JSON.parse(
	readFileSync(resolve(import.meta.dirname, '../../openapi/openapi.json'), 'utf8'),
);

const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, item]) =>
	Object.entries(item).map(([method, { operationId }]) => ({
		operationId,
		method: method.toUpperCase(),
		path,
	})),
);

const isDelete = ({ method }: Operation) => Number(method === 'DELETE');

const isKnown = (operationId: string): operationId is OperationId => operationId in ACCESS;

test('every documented operation is listed', async (t) => {
	t.strictSame(operations.map(({ operationId }) => operationId).toSorted(), Object.keys(ACCESS).toSorted());
});

/** A stack that accepts the tokens of one issuer for one audience; `tokens` is that of the local issuer. */
async function boot(t: Test, claims: { iss?: string; aud?: string } = {}) {
	const stack = await bootPackaged(
		{ port: 0, auth: 'jwt' },
		{ clock: createMovableClock(), log: createRecordingLog().log },
	);
	t.teardown(() => stack.close());
	const token = async (sub: string, scope: string, expires_in = 3600): Promise<string> => {
		const answer = await fetch(`${stack.url}/_local/tokens`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ sub, scope, expires_in, ...claims }),
		});
		return String(Object(await answer.json()).access_token);
	};
	/** Calls an operation with a token and returns the HTTP status; `ids` fills the path parameters. */
	const call = async (
		{ method, path }: Operation,
		bearer: string | undefined,
		ids: Readonly<Record<string, string>> = {},
	) => {
		const parameters: Readonly<Record<string, string>> = {
			'{type}': 'greeting',
			'{callback_key}': 'PROJ-1',
			...ids,
		};
		const url = path.replaceAll(/\{\w+\}/g, (name) => parameters[name] ?? UNKNOWN_ID);
		const hasBody = method === 'POST' || method === 'PATCH';
		const response = await fetch(`${stack.url}${url}`, {
			method,
			headers: {
				...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
				...(hasBody ? { 'content-type': 'application/json' } : {}),
			},
			...(hasBody ? { body: '{}' } : {}),
		});
		await response.text();
		return response.status;
	};
	return { stack, token, call };
}

const ALL = 'tasks:read tasks:write webhooks:write schedules:write';

const UNKNOWN_ID = '01932f4e-6f00-7000-8000-000000000001';

/** An unsigned token (`alg: none`). */
function unsigned(token: string): string {
	const [, claims = ''] = token.split('.');
	const header = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
	return `${header}.${claims}.`;
}

test('authorization of every operation for every kind of caller', async (t) => {
	const { call, token, stack } = await boot(t);
	const good = await token('ada', ALL);
	const accepted = await fetch(`${stack.url}/v1/tasks`, {
		method: 'POST',
		headers: { authorization: `Bearer ${good}`, 'content-type': 'application/json' },
		body: '{"type":"greeting","data":{"name":"Ada"}}',
	});
	const body: unknown = await accepted.json();
	const answer = { status: accepted.status, headers: Object.fromEntries(accepted.headers), body };
	t.strictSame(contractFaults('POST', '/v1/tasks', answer), []);
	const created = await fetch(`${stack.url}/v1/webhooks`, {
		method: 'POST',
		headers: { authorization: `Bearer ${good}`, 'content-type': 'application/json' },
		body: JSON.stringify({ url: `${stack.url}/_local/webhooks` }),
	});
	const scheduled = await fetch(`${stack.url}/v1/schedules`, {
		method: 'POST',
		headers: { authorization: `Bearer ${good}`, 'content-type': 'application/json' },
		body: '{"name":"Daily","rate":"1 day","task":{"type":"greeting","data":{"name":"Ada"}}}',
	});
	const ids = {
		'{task_id}': String(Object(body).task_id),
		'{webhook_id}': String(Object(await created.json()).webhook_id),
		'{schedule_id}': String(Object(await scheduled.json()).schedule_id),
	};

	const unknown: Record<string, string | undefined> = {
		'no token': undefined,
		'a malformed token': 'x.y.z',
		'an expired token': await token('ada', ALL, -60),
		'an unsigned token': unsigned(good),
		'a token whose claims were changed': good.replace(
			/\..*\./,
			`.${Buffer.from('{"sub":"eve"}').toString('base64url')}.`,
		),
		'a token of another issuer': await (await boot(t, { iss: 'https://other.example/' })).token('ada', ALL),
		'a token for another audience': await (await boot(t, { aud: 'other' })).token('ada', ALL),
	};

	// Deletions come last, because the other operations need the resource.
	for (const operation of operations.toSorted((a, b) => isDelete(a) - isDelete(b))) {
		const { operationId } = operation;
		const access = isKnown(operationId) ? ACCESS[operationId] : undefined;
		if (access === 'public') {
			for (const [caller, bearer] of Object.entries(unknown))
				t.equal(await call(operation, bearer), 200, `${operationId}: ${caller}`);
			continue;
		}
		if (access === 'approval-token') {
			// Only the token in the query counts.
			for (const bearer of [undefined, good, 'local-callback-secret'])
				t.equal(await call(operation, bearer), operation.method === 'GET' ? 422 : 415, operationId);
			continue;
		}
		for (const [caller, bearer] of Object.entries(unknown))
			t.equal(await call(operation, bearer, ids), 401, `${operationId}: ${caller}`);
		if (access === 'callback-token') {
			t.equal(await call(operation, good), 401, `${operationId}: a principal's token`);
			t.equal(
				await call(operation, 'local-callback-secret'),
				operation.method === 'GET' ? 404 : 422,
				`${operationId}: a callback token`,
			);
			continue;
		}
		const others = ALL.replace(String(access), '');
		t.equal(await call(operation, await token('ada', others), ids), 403, `${operationId}: ${others}`);
		t.equal(await call(operation, await token('ada', ''), ids), 403, `${operationId}: no scope`);
		if (OWNED.some((parameter) => operation.path.includes(parameter)))
			t.equal(await call(operation, await token('eve', ALL), ids), 404, `${operationId}: another principal`);
		// A delivery exists only once an event has occurred.
		if (operationId === 'replayDelivery') continue;
		const allowed = await call(operation, good, ids);
		t.notOk([401, 403, 404, 500].includes(allowed), `${operationId}: its own scope (${allowed})`);
	}
});
