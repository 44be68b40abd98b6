import { test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { createClient } from '../support/client.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { pollUntil } from '../support/poll.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const MINUTE_MS = 60_000;
const GREETING = { type: 'greeting', data: { name: 'Ada' }, tags: { from: 'schedule' } };

test('schedules create tasks at their times', async (t) => {
	const { log } = createRecordingLog();
	const clock = createMovableClock();
	const stack = await bootPackaged({ port: 0, auth: 'none' }, { log, clock });
	t.teardown(() => stack.close());
	const { request } = createClient(stack.url);
	const send = (method: string, path: string, body?: object) =>
		request(
			method,
			path,
			body === undefined
				? {}
				: { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
		);
	const create = async (schedule: object) => {
		const { status, body } = await send('POST', '/v1/schedules', {
			name: 'Test',
			task: GREETING,
			...schedule,
		});
		t.equal(status, 201, JSON.stringify(body));
		return `/v1/schedules/${String(body['schedule_id'])}`;
	};
	const runsOf = async (path: string, count: number) =>
		pollUntil(`${count} runs`, async () => {
			const { body } = await send('GET', `${path}/tasks`);
			const runs = Object(body['tasks']);
			return runs.length >= count ? runs : undefined;
		});

	const path = await create({ rate: '1 minute' });
	t.match(await send('GET', path), {
		status: 200,
		body: { name: 'Test', rate: '1 minute', enabled: true, task: GREETING, next_runs: { length: 5 } },
	});
	clock.advance(2 * MINUTE_MS);
	const [run] = await runsOf(path, 1);
	t.match(run, {
		scheduled_at: /:00\.000Z$/,
		task_id: String,
		task: { type: 'greeting', tags: GREETING.tags },
	});
	const finished = await pollUntil('the scheduled task', async () => {
		const { body } = await send('GET', `/v1/tasks/${run.task_id}`);
		return body['status'] === 'SUCCEEDED' ? body : undefined;
	});
	t.match(finished, { result: { message: 'Hello Ada' } });

	await t.test('a paused schedule creates nothing, and a resumed one goes on', async (t) => {
		t.match(await send('POST', `${path}/pause`), { status: 200, body: { enabled: false, next_runs: [] } });
		const { length } = Object((await send('GET', `${path}/tasks`)).body['tasks']);
		clock.advance(10 * MINUTE_MS);
		// A second schedule shows that the time of the first one has passed.
		const other = await create({ rate: '1 minute' });
		clock.advance(2 * MINUTE_MS);
		await runsOf(other, 1);
		t.equal(Object((await send('GET', `${path}/tasks`)).body['tasks']).length, length, 'no further run');
		t.match(await send('DELETE', other), { status: 204 });
		t.match(await send('GET', other), { status: 404 });
		t.match(await send('GET', `${other}/tasks`), { status: 404 });
		t.match(await send('POST', `${path}/resume`), { status: 200, body: { enabled: true } });
		clock.advance(2 * MINUTE_MS);
		await runsOf(path, length + 1);
	});

	await t.test('an update replaces the timing', async (t) => {
		t.match(
			await send('PATCH', path, { cron: '0 9 ? * MON-FRI *', timezone: 'Europe/Berlin', name: 'Report' }),
			{
				status: 200,
				body: { name: 'Report', cron: '0 9 ? * MON-FRI *', timezone: 'Europe/Berlin', rate: undefined },
			},
		);
		t.match(await send('GET', '/v1/schedules'), { body: { schedules: [{ name: 'Report' }] } });
	});

	await t.test('invalid schedules are refused with the member at fault', async (t) => {
		const refused = async (schedule: object, loc: string) => {
			const { status, body } = await send('POST', '/v1/schedules', {
				name: 'x',
				task: GREETING,
				...schedule,
			});
			t.equal(status, 422);
			t.match(Object(body['errors'])[0].loc.join('.'), loc);
		};
		await refused({}, 'body.cron');
		await refused({ cron: '0 9 * * ? *', rate: '1 minute' }, 'body.cron');
		await refused({ cron: '0 9 * * *' }, 'body.cron');
		await refused({ cron: '0 9 * * ? 2020' }, 'body.cron');
		await refused({ rate: '1 minutes' }, 'body.rate');
		await refused({ rate: '1 hour', timezone: 'Europe/Berlin' }, 'body.timezone');
		await refused({ cron: '0 9 * * ? *', timezone: 'Europe/Paradise' }, 'body.timezone');
		await refused({ rate: '1 hour', task: { ...GREETING, delay_seconds: 5 } }, 'body.task.delay_seconds');
		await refused({ rate: '1 hour', task: { type: 'greeting', data: {} } }, 'body.task.data.name');
		await refused(
			{ rate: '1 hour', task: { ...GREETING, webhook: { url: 'http://10.0.0.1/' } } },
			'body.task.webhook.url',
		);
		const channels = Array.from({ length: 600 }, (_, index) => `${'c'.repeat(70)}${index}`);
		const large = { type: 'process-channels', data: { channels } };
		t.match(await send('POST', '/v1/schedules', { name: 'x', rate: '1 hour', task: large }), { status: 413 });
	});
});
