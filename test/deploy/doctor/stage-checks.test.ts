import { createServer } from 'node:http';
import { type Test, test } from 'tap';
import { createStageChecks, runChecks } from '../../../src/deploy/doctor/stage-checks.ts';

interface Reported {
	readonly outcome: string;
	readonly detail: string;
}

/** An API whose tasks never leave this status. */
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

async function check(parameters: (name: string) => string | undefined, secret = 'a real secret') {
	const reported: Record<string, Reported> = {};
	const waits: number[] = [];
	const checks = createStageChecks({
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
	const allPassed = await runChecks(checks, (name, outcome, detail) => {
		reported[name] = { outcome, detail };
	});
	return { allPassed, reported, waits };
}

test('a missing parameter is named, and checks that need it are skipped', async (t) => {
	const { allPassed, reported } = await check((name) => (name.endsWith('table') ? undefined : 'x'));
	t.notOk(allPassed);
	t.match(reported, {
		parameters: {
			outcome: 'failed',
			detail: /missing: \/staging\/v1\/tables\/long_running_tasks_table\n.*serverless deploy/,
		},
		secrets: { outcome: 'skipped', detail: 'fix parameters first' },
		greeting: { outcome: 'skipped', detail: 'fix endpoint first' },
	});
});

test('an unhealthy and an unreachable endpoint fail', async (t) => {
	const { url } = await serveApi(t, { health: 503 });
	t.match((await check(() => url)).reported, {
		endpoint: { outcome: 'failed', detail: /returned 503/ },
		greeting: { outcome: 'skipped' },
	});
	t.match((await check(() => 'http://127.0.0.1:1')).reported, {
		endpoint: { outcome: 'failed', detail: /fetch failed/ },
	});
});

test('a failed task and a task that does not start fail the check', async (t) => {
	const failed = await serveApi(t, { status: 'FAILED' });
	t.match(await check(() => failed.url), {
		allPassed: false,
		reported: { greeting: { outcome: 'failed', detail: /^task-1 FAILED/ } },
	});
	const pending = await serveApi(t, { status: 'PENDING' });
	const { reported, waits } = await check(() => pending.url);
	t.match(reported, { greeting: { outcome: 'failed', detail: /^task-1 PENDING/ } });
	t.equal(pending.polls(), 60, 'polling stops');
	t.ok(
		waits.every((ms) => ms === 2000),
		'each poll waits for Retry-After',
	);
});

test('a healthy stage passes', async (t) => {
	const { url } = await serveApi(t, {});
	t.match(await check(() => url), { allPassed: true });
	t.match(await check(() => url, 'local-callback-secret'), {
		allPassed: false,
		reported: { secrets: { outcome: 'failed' } },
	});
});

test('a new stage without a Slack webhook passes, and the report names the skipped secret', async (t) => {
	const { url } = await serveApi(t, {});
	t.match(await check(() => url, 'not-set'), {
		allPassed: true,
		reported: { secrets: { outcome: 'ok', detail: /not set, so their service is skipped/ } },
	});
	t.match(await check(() => url, ''), { allPassed: false, reported: { secrets: { outcome: 'failed' } } });
});
