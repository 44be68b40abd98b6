import { createServer } from 'node:http';
import { type Test, test } from 'tap';
import { examine } from '../../../src/deploy/doctor/check.ts';
import { doctorChecks } from '../../../src/deploy/doctor/stage-checks.ts';

interface Told {
	readonly outcome: string;
	readonly detail: string;
}

/** An API whose tasks have this status for ever. */
async function serveApi(t: Test, { health = 200, status = 'SUCCEEDED' }) {
	let polls = 0;
	const server = createServer((request, response) => {
		const isHealth = request.url === '/v1/health';
		if (request.method === 'GET' && !isHealth) polls += 1;
		response.writeHead(isHealth ? health : request.method === 'POST' ? 202 : 200, { 'retry-after': '2' });
		response.end(JSON.stringify(isHealth ? {} : { task_id: 'task-1', status }));
	});
	t.teardown(() => server.close());
	await new Promise<void>((resolve) => {
		server.listen(0, '127.0.0.1', resolve);
	});
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('The server has no port.');
	return { url: `http://127.0.0.1:${address.port}`, polls: () => polls };
}

async function findings(parameters: (name: string) => string | undefined, secret = 'a real one') {
	const told: Record<string, Told> = {};
	const waits: number[] = [];
	const checks = doctorChecks({
		stage: 'staging',
		token: undefined,
		wait: async (ms) => void waits.push(ms),
		deployed: {
			callerArn: async () => 'arn:aws:iam::1:user/x',
			parameters: async (names) =>
				new Map(
					names.flatMap((name) => {
						const value = parameters(name);
						return value === undefined ? [] : [[name, value] as const];
					}),
				),
			secret: async () => secret,
		},
	});
	const healthy = await examine(checks, (name, outcome, detail) => {
		told[name] = { outcome, detail };
	});
	return { healthy, told, waits };
}

test('a parameter that is missing is named, and what is found by parameters is skipped', async (t) => {
	const { healthy, told } = await findings((name) => (name.endsWith('table') ? undefined : 'x'));
	t.notOk(healthy);
	t.match(told, {
		parameters: {
			outcome: 'failed',
			detail: /missing: \/staging\/v1\/tables\/long_running_tasks_table\n.*serverless deploy/,
		},
		secrets: { outcome: 'skipped', detail: 'parameters comes first' },
		greeting: { outcome: 'skipped', detail: 'endpoint comes first' },
	});
});

test('an endpoint that is unwell, and one that is not there', async (t) => {
	const { url } = await serveApi(t, { health: 503 });
	t.match((await findings(() => url)).told, {
		endpoint: { outcome: 'failed', detail: /answered 503/ },
		greeting: { outcome: 'skipped' },
	});
	t.match((await findings(() => 'http://127.0.0.1:1')).told, {
		endpoint: { outcome: 'failed', detail: /fetch failed/ },
	});
});

test('a task that fails, and one that stands still', async (t) => {
	const failed = await serveApi(t, { status: 'FAILED' });
	t.match(await findings(() => failed.url), {
		healthy: false,
		told: { greeting: { outcome: 'failed', detail: /^task-1 FAILED/ } },
	});
	const still = await serveApi(t, { status: 'PENDING' });
	const { told, waits } = await findings(() => still.url);
	t.match(told, { greeting: { outcome: 'failed', detail: /^task-1 PENDING/ } });
	t.equal(still.polls(), 60, 'it is given up');
	t.ok(
		waits.every((ms) => ms === 2000),
		'Retry-After is obeyed',
	);
});

test('all is well', async (t) => {
	const { url } = await serveApi(t, {});
	t.match(await findings(() => url), { healthy: true });
	t.match(await findings(() => url, 'local-callback-secret'), {
		healthy: false,
		told: { secrets: { outcome: 'failed' } },
	});
});
