import { type Test, test } from 'tap';
import type { Static } from 'typebox';
import { createFakePartners } from '../../../src/partners/fake/app.ts';
import {
	createDeployment,
	createInventory,
	createNotification,
	createValidation,
	type PackageRelease,
} from '../../../src/partners/partner-apis.ts';
import { createPartnerClient } from '../../../src/partners/partner-client.ts';
import { createRecordingLog } from '../../support/recording-log.ts';

const CURRENT = 'the-current-token';
const PREVIOUS = 'the-previous-token';
const KEY = { idempotencyKey: 'task-1-Step' };
const ORDER = { order_id: 'A-1', items: [{ sku: 'MUG-1', quantity: 1 }] };

/** Starts the fake partners with a secret that a test can rotate and a clock that it can advance. */
async function open(t: Test) {
	let secret = JSON.stringify({ current: CURRENT, previous: PREVIOUS });
	let kept = secret;
	let nowMs = 0;
	let reads = 0;
	const { log, lines } = createRecordingLog();
	const app = createFakePartners({
		readTokens: async ({ fresh } = { fresh: false }) => {
			if (fresh) {
				reads++;
				kept = secret;
			}
			return kept;
		},
		now: () => nowMs,
		log,
	});
	t.teardown(() => app.close());
	const post = async (url: string, payload: object, headers: Record<string, string> = {}) =>
		app.inject({
			method: 'POST',
			url,
			headers: { authorization: `Bearer ${CURRENT}`, 'idempotency-key': 'key', ...headers },
			payload,
		});
	const client = async (partner: string, token = CURRENT) =>
		createPartnerClient({
			partner,
			baseUrl: `${await listening}/partners/${partner}`,
			token: async () => token,
			timeoutMs: 60_000,
		});
	const listening = app.listen({ port: 0, host: '127.0.0.1' });
	return {
		app,
		lines,
		post,
		client,
		reads: () => reads,
		rotate: (tokens: string | object) => {
			secret = typeof tokens === 'string' ? tokens : JSON.stringify(tokens);
		},
		advance: (ms: number) => {
			nowMs += ms;
		},
	};
}

test('each partner repeats its response for the same key', async (t) => {
	const { client } = await open(t);
	const inventory = createInventory(await client('inventory'));
	const release: Static<typeof PackageRelease> = {
		story_id: 'PROJ-1',
		package_ids: ['a', 'INVALID-b'],
		environment: 'dev',
	};
	const validation = createValidation(await client('validation'));
	const deployment = createDeployment(await client('deployment'));
	const notification = createNotification(await client('notification'));

	t.strictSame(await inventory.reserve(ORDER, KEY), { in_stock: true, missing: [] });
	const items = ['OUT-1', 'MUG-1', 'OUT-1', 'OUT-2'].map((sku) => ({ sku, quantity: 2 }));
	t.strictSame(await inventory.reserve({ ...ORDER, items }, KEY), {
		in_stock: false,
		missing: ['OUT-1', 'OUT-2'],
	});
	t.match(await validation.validatePackages(release, KEY), {
		validation_id: /^VAL-[0-9a-f]{16}$/,
		valid: false,
		problems: [{ package_id: 'INVALID-b', message: String }],
	});
	t.match(await deployment.deployPackages(release, KEY), {
		deployment_id: /^DEP-/,
		environment: 'dev',
		deployed: ['a', 'INVALID-b'],
	});
	const message = { story_id: 'PROJ-1', environment: 'dev' } as const;
	t.match(await notification.notifyStakeholders(message, KEY), { message_id: /^MSG-/ });
	t.match(await inventory.backorder({ order_id: 'A-1', skus: ['OUT-1'] }, KEY), { backorder_id: /^BCK-/ });

	const shipment = await inventory.ship({ order_id: 'A-1' }, KEY);
	t.match(shipment, { tracking_id: /^TRK-/ });
	t.strictSame(await inventory.ship({ order_id: 'A-1' }, KEY), shipment, 'repeated');
	t.not(
		(await inventory.ship({ order_id: 'A-1' }, { idempotencyKey: 'other' })).tracking_id,
		shipment.tracking_id,
	);
});

test('every route requires a valid token', async (t) => {
	const { app, post } = await open(t);
	const routes = [
		'inventory/reservations',
		'inventory/shipments',
		'inventory/backorders',
		'validation/packages',
		'deployment/deployments',
		'notification/messages',
	];
	for (const route of routes) {
		for (const authorization of [
			'',
			'Bearer',
			'Bearer ',
			`Basic ${CURRENT}`,
			`Bearer ${CURRENT}x`,
			CURRENT,
		]) {
			const { statusCode, headers } = await post(`/partners/${route}`, {}, { authorization });
			t.match({ statusCode, headers }, { statusCode: 401, headers: { 'www-authenticate': 'Bearer' } }, route);
		}
		t.equal((await post(`/partners/${route}`, {})).statusCode, 422, `${route}: past the door`);
	}
	t.equal((await app.inject({ method: 'GET', url: '/partners/inventory/reservations' })).statusCode, 404);
});

test('two tokens are valid during a rotation', async (t) => {
	const { post, rotate, advance, reads } = await open(t);
	const statusWith = async (token: string) =>
		(await post('/partners/inventory/reservations', ORDER, { authorization: `Bearer ${token}` })).statusCode;

	t.strictSame([await statusWith(CURRENT), await statusWith(PREVIOUS)], [200, 200]);
	t.equal(reads(), 0, 'the secret at hand is enough');

	rotate({ current: 'the-next-token-of-all', previous: CURRENT });
	t.equal(
		await statusWith('the-next-token-of-all'),
		200,
		'the first token that is not known has it read again',
	);
	t.equal(await statusWith(CURRENT), 200);
	t.equal(await statusWith(PREVIOUS), 401);

	t.equal(reads(), 1, 'guesses do not have it read each time');
	rotate({ current: 'the-last-token-of-all' });
	t.equal(await statusWith('the-last-token-of-all'), 401);
	advance(1000);
	t.equal(await statusWith('the-last-token-of-all'), 200);
	t.equal(await statusWith(CURRENT), 401);
	t.equal(reads(), 2);
});

test('an invalid secret accepts no token and is not shown', async (t) => {
	for (const secret of ['hunter2-hunter2-hunter2', '{}', '{"current":"short"}', `["${CURRENT}"]`]) {
		const { post, rotate, lines } = await open(t);
		rotate(secret);
		const { statusCode, body } = await post('/partners/inventory/reservations', ORDER, {
			authorization: 'Bearer hunter2-hunter2-hunter2',
		});
		t.match({ statusCode, body }, { statusCode: 500, body: '{"error":"Internal server error."}' });
		t.match(lines, [{ level: 'error', message: 'partner request failed' }]);
		t.notMatch(`${Object(lines[0]?.['error']).stack} ${Object(lines[0]?.['error']).cause}`, /hunter2/);
	}
});

test('a request that does not match its schema is rejected', async (t) => {
	const { post } = await open(t);
	const refused: [what: string, payload: object, headers: Record<string, string>, status: number][] = [
		['an unknown member', { ...ORDER, note: 'x' }, {}, 422],
		['an unknown member of an item', { ...ORDER, items: [{ sku: 'a', quantity: 1, price: 1 }] }, {}, 422],
		['a text for a number', { ...ORDER, items: [{ sku: 'a', quantity: '1' }] }, {}, 422],
		['none of an item', { ...ORDER, items: [{ sku: 'a', quantity: 0 }] }, {}, 422],
		['no items', { ...ORDER, items: [] }, {}, 422],
		['no key', ORDER, { 'idempotency-key': '' }, 422],
		['another content type', ORDER, { 'content-type': 'application/xml' }, 415],
		['too much', { ...ORDER, order_id: 'x'.repeat(70_000) }, {}, 413],
	];
	for (const [what, payload, headers, status] of refused) {
		const { statusCode, body } = await post('/partners/inventory/reservations', payload, headers);
		t.match({ statusCode, body: JSON.parse(body) }, { statusCode: status, body: { error: String } }, what);
	}
});
