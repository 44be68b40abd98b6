import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { createClient } from '../support/client.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { pollUntil } from '../support/poll.ts';
import { createRecordingLog } from '../support/recording-log.ts';

test('each run in the dead-letter queue is repeated, and creates one task', async (t) => {
	const { log } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth: 'none' }, { log, clock: createMovableClock() });
	t.teardown(() => stack.close());
	const { request } = createClient(stack.url);
	const { body } = await request('POST', '/v1/schedules', {
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({
			name: 'Yearly',
			cron: '0 0 1 1 ? *',
			task: { type: 'greeting', data: { name: 'Ada' } },
		}),
	});
	const schedule_id = String(body['schedule_id']);
	const sqs = new SQSClient({
		endpoint: stack.awsEndpoint,
		region: stack.region,
		credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
	});
	t.teardown(() => sqs.destroy());
	const QueueUrl = String(stack.outputs['ScheduleDeadLetterQueueUrl']);
	const send = (message: object) =>
		sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
	const event = (minutesAgo: number) => ({
		principal: 'local',
		schedule_id,
		scheduled_time: new Date(Date.now() - minutesAgo * 60_000).toISOString(),
	});
	const [early, late, lost] = [event(30), event(5), event(24 * 60)];
	await send(early);
	await send(early);
	// The record of Lambda's destination for a failed invocation.
	await send({ version: '1.0', requestContext: { condition: 'RetriesExhausted' }, requestPayload: late });
	await send(lost);
	const runs = await pollUntil('the runs', async () => {
		const { tasks } = Object((await request('GET', `/v1/schedules/${schedule_id}/tasks`)).body);
		return tasks.length >= 3 ? tasks : undefined;
	});
	t.match(runs, [
		{ scheduled_at: late.scheduled_time, task: { type: 'greeting' } },
		{ scheduled_at: early.scheduled_time, task: { type: 'greeting' } },
		{ scheduled_at: lost.scheduled_time, error: { code: 'RunLost' }, task_id: undefined },
	]);
	const { tasks } = Object((await request('GET', '/v1/tasks')).body);
	t.equal(tasks.length, 2, 'a duplicate creates no task');
});
