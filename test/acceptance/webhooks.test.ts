import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { type Test, test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { createClient } from '../support/client.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { pollUntil } from '../support/poll.ts';
import { createRecordingLog } from '../support/recording-log.ts';

interface Arrived {
	readonly path: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

/** A receiver whose answer depends on the path of the request. */
async function startReceiver(t: Test) {
	const arrived: Arrived[] = [];
	const held: ServerResponse[] = [];
	const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
		const { url: path = '' } = request;
		const headers = Object.fromEntries(
			Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
		);
		const isFirst = !arrived.some((each) => each.path === path);
		arrived.push({ path, headers, body: await text(request) });
		switch (path) {
			case '/slow':
				held.push(response);
				return;
			case '/error-once':
				response.writeHead(isFirst ? 500 : 204).end();
				return;
			case '/gone':
				response.writeHead(410).end('no longer here');
				return;
			case '/redirect':
				response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
				return;
			case '/large':
				response.on('error', () => undefined);
				response.writeHead(200).end(Buffer.alloc(10_000_000, 'x'));
				return;
			case '/closes':
				request.socket.destroy();
				return;
			default:
				response.writeHead(200).end('thanks');
		}
	};
	const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	const { port } = Object(server.address());
	return { origin: `http://127.0.0.1:${port}`, arrived, held };
}

const JSON_TYPE = { 'content-type': 'application/json' };

test('webhooks reach receivers, hostile ones included', async (t) => {
	const { log } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth: 'none' }, { log, clock: createMovableClock() });
	t.teardown(() => stack.close());
	const client = createClient(stack.url);
	const { origin, arrived, held } = await startReceiver(t);
	const send = (method: string, path: string, body?: unknown) =>
		client.request(
			method,
			path,
			body === undefined ? {} : { headers: JSON_TYPE, body: JSON.stringify(body) },
		);
	/** Creates a greeting whose events go to a path of the receiver, and returns its id. */
	const greet = async (path: string) => {
		const { status, body } = await client.accepted({
			type: 'greeting',
			data: { name: 'Ada' },
			webhook: { url: `${origin}${path}` },
		});
		if (status !== 202) throw new Error(JSON.stringify(body));
		return String(body['task_id']);
	};
	/** Polls the only delivery of a task until it matches. */
	const delivery = (taskId: string, isWanted: (delivery: Record<string, unknown>) => boolean) =>
		pollUntil(`delivery of ${taskId}`, async () => {
			const { body } = await client.request('GET', `/v1/tasks/${taskId}/deliveries`);
			const [found, ...others] = Object(body['deliveries']);
			if (others.length > 0) throw new Error(JSON.stringify(body));
			return found !== undefined && isWanted(found) ? found : undefined;
		});
	const hasAttempts = (count: number) => (found: Record<string, unknown>) =>
		Object(found['attempts']).length >= count;
	const hasStatus = (status: string) => (found: Record<string, unknown>) => found['status'] === status;

	await t.test('a receiver that does not answer delays no other', async (t) => {
		const slow = await greet('/slow');
		await pollUntil('the slow request', () => held[0]);
		const tasks = await Promise.all(Array.from({ length: 20 }, () => greet('/ok')));
		for (const id of tasks)
			t.match(await delivery(id, hasStatus('delivered')), { attempts: [{ status_code: 200 }] });
		t.match(await delivery(slow, () => true), { status: 'pending', attempts: [] });
		held[0]?.writeHead(200).end();
		t.match(await delivery(slow, hasStatus('delivered')), { task_id: slow });
	});

	await t.test('the official library verifies every request', async (t) => {
		const { body } = await client.request('GET', '/v1/webhook-secret');
		const verifier = new Webhook(String(body['secret']));
		t.ok(arrived.length > 20);
		for (const request of arrived)
			t.match(verifier.verify(request.body, request.headers), {
				type: 'task.succeeded',
				data: { status: 'SUCCEEDED', revision: Number, result: { message: 'Hello Ada' } },
			});
	});

	await t.test('failures are repeated, and no redirect is followed', async (t) => {
		const [failing, redirect, closes, large, gone] = await Promise.all(
			['/error-once', '/redirect', '/closes', '/large', '/gone'].map(greet),
		);
		t.match(await delivery(String(gone), hasStatus('dead')), {
			dead_reason: 'The receiver answered 410 Gone.',
			attempts: [{ status_code: 410, response: 'no longer here' }],
		});
		const { attempts } = await delivery(String(large), hasStatus('delivered'));
		t.equal(attempts[0].response.length, 1024);
		t.match(await delivery(String(closes), hasAttempts(1)), {
			status: 'pending',
			attempts: [{ error: /^The connection failed/ }],
		});
		t.match(await delivery(String(redirect), hasAttempts(1)), {
			status: 'pending',
			attempts: [{ status_code: 307 }],
		});
		t.match(await delivery(String(failing), hasStatus('delivered')), {
			attempts: [{ status_code: 500 }, { status_code: 204 }],
		});
		const ids = new Set(
			arrived.filter(({ path }) => path === '/error-once').map(({ headers }) => headers['webhook-id']),
		);
		t.equal(ids.size, 1, 'all attempts have one id');
	});

	await t.test('a subscription is created, tested, changed, replayed and deleted', async (t) => {
		for (const url of [
			'http://10.0.0.1/',
			'http://169.254.169.254/',
			'ftp://example.com/',
			'https://u:p@example.com/',
		])
			t.match(await send('POST', '/v1/webhooks', { url }), { status: 422 }, url);
		const created = await send('POST', '/v1/webhooks', {
			url: `${origin}/subscribed`,
			types: ['greeting'],
			events: ['task.succeeded'],
		});
		t.match(created, { status: 201, body: { enabled: true, secret: /^whsec_/ } });
		const { webhook_id: id, secret } = created.body;
		const path = `/v1/webhooks/${String(id)}`;
		t.match(await send('GET', path), { status: 200, body: { secret: undefined } });
		t.match((await send('GET', '/v1/webhooks')).body, { webhooks: [{ webhook_id: id }] });

		const task = String((await client.accepted({ type: 'greeting', data: { name: 'Ada' } })).body['task_id']);
		const found = await delivery(task, hasStatus('delivered'));
		t.match(found, { webhook_id: id, event: 'task.succeeded' });
		const request = arrived.find(({ headers }) => headers['webhook-id'] === found.delivery_id);
		t.match(new Webhook(String(secret)).verify(request?.body ?? '', request?.headers ?? {}), {
			data: { task_id: task },
		});

		const replay = await send('POST', `${path}/deliveries/${found.delivery_id}/replay`);
		t.match(replay, { status: 202, body: { status: 'pending' } });
		await delivery(task, (each) => hasAttempts(2)(each) && hasStatus('delivered')(each));
		t.match(await send('POST', `${path}/deliveries/${task}/replay`), { status: 404 });

		const rotated = await send('POST', `${path}/rotate-secret`);
		t.not(rotated.body['secret'], secret);
		const tested = await send('POST', `${path}/test`);
		t.match(tested, { status: 202, body: { event: 'webhook.test' } });
		const testRequest = await pollUntil('the test', () =>
			arrived.find(({ headers }) => headers['webhook-id'] === tested.body['delivery_id']),
		);
		for (const key of [secret, rotated.body['secret']])
			t.match(new Webhook(String(key)).verify(testRequest.body, testRequest.headers), {
				type: 'webhook.test',
			});
		const page = await send('GET', `${path}/deliveries?limit=1`);
		t.match(page.body, { deliveries: [{ event: 'webhook.test' }], next_cursor: String });
		const cursor = String(page.body['next_cursor']);
		t.match((await send('GET', `${path}/deliveries?cursor=${cursor}`)).body, {
			deliveries: [{ event: 'task.succeeded' }],
			next_cursor: undefined,
		});

		const changed = await send('PATCH', path, { enabled: false, types: null });
		t.match(changed.body, { enabled: false, disabled_reason: 'client', types: undefined });
		t.match(await send('PATCH', path, { secret: 'x' }), { status: 422 });
		t.match(await send('DELETE', path), { status: 204 });
		for (const [method, at] of [
			['GET', ''],
			['DELETE', ''],
			['POST', '/test'],
			['POST', '/rotate-secret'],
		] as const)
			t.match(await send(method, `${path}${at}`), { status: 404 }, `${method} ${at}`);
		t.match(
			await client.post({ type: 'greeting', data: { name: 'Ada' }, webhook: { webhook_id: id } }),
			{ status: 422 },
			'a deleted webhook cannot be named',
		);
	});

	await t.test('repeated messages and events add no delivery', async (t) => {
		const setFaults = (faults: object) =>
			fetch(`${stack.url}/_local/faults`, {
				method: 'PUT',
				headers: JSON_TYPE,
				body: JSON.stringify(faults),
			});
		await setFaults({ seed: 7, 'sqs.duplicate': 0.5, 'events.duplicate': 0.5, 'events.shuffle': 0.3 });
		const tasks = await Promise.all(Array.from({ length: 20 }, () => greet('/repeated')));
		await setFaults({ reset: true });
		for (const id of tasks) await delivery(id, hasStatus('delivered'));
		const requests = arrived.filter(({ path }) => path === '/repeated');
		t.equal(new Set(requests.map(({ headers }) => headers['webhook-id'])).size, tasks.length);
	});
});
