import { join } from 'node:path';
import {
	ConflictException,
	CreateScheduleCommand,
	type CreateScheduleCommandInput,
	CreateScheduleGroupCommand,
	DeleteScheduleCommand,
	DeleteScheduleGroupCommand,
	GetScheduleCommand,
	GetScheduleGroupCommand,
	ListScheduleGroupsCommand,
	ListSchedulesCommand,
	ResourceNotFoundException,
	SchedulerClient,
	TagResourceCommand,
	UpdateScheduleCommand,
	ValidationException,
} from '@aws-sdk/client-scheduler';
import { type Test, test } from 'tap';
import { AwsError } from '../../../src/local-aws/endpoint/service.ts';
import type { DeliveryTarget } from '../../../src/local-aws/event-bridge/delivery.ts';
import { createScheduler } from '../../../src/local-aws/scheduler/scheduler.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { createRecordingLog } from '../../support/recording-log.ts';
import { serveEndpoint } from '../endpoint/serve-endpoint.ts';

const START = '2027-03-26T12:00:00Z';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const FUNCTION = 'arn:aws:lambda:eu-west-1:000000000000:function:runner:live';
const ROLE = 'arn:aws:iam::000000000000:role/scheduler';
const QUEUE = 'arn:aws:sqs:eu-west-1:000000000000:dead-letters';
const HOURLY = {
	Name: 'hourly',
	ScheduleExpression: 'rate(1 hour)',
	StartDate: new Date('2027-03-26T12:30:00Z'),
	FlexibleTimeWindow: { Mode: 'OFF' },
	Target: { Arn: FUNCTION, RoleArn: ROLE, Input: '{"at":"<aws.scheduler.scheduled-time>"}' },
} satisfies CreateScheduleCommandInput;

interface Delivered extends DeliveryTarget {
	readonly payload: unknown;
	readonly atMs: number;
}

/** EventBridge Scheduler behind an endpoint, with the SDK's client and a clock that the test advances. */
async function open(t: Test, { clock = createManualClock(Date.parse(START)), file = '', fail = false } = {}) {
	const delivered: Delivered[] = [];
	const world = { error: fail ? new Error('down') : undefined };
	const { log, lines } = createRecordingLog();
	const scheduler = createScheduler({
		clock,
		newId: () => 'id',
		region: 'eu-west-1',
		accountId: '000000000000',
		log,
		file,
		async deliver(target, payload) {
			delivered.push({ ...target, payload: JSON.parse(payload), atMs: clock.now() });
			if (world.error !== undefined && target.arn === FUNCTION) throw world.error;
		},
	});
	const { url } = await serveEndpoint(t, [scheduler.service]);
	const client = new SchedulerClient({
		region: 'eu-west-1',
		endpoint: url,
		credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
		maxAttempts: 1,
	});
	scheduler.start();
	const close = () => {
		client.destroy();
		scheduler.close();
	};
	return {
		client,
		clock,
		delivered,
		lines,
		world,
		close,
		create: (input: Partial<CreateScheduleCommandInput> = {}) =>
			client.send(new CreateScheduleCommand({ ...HOURLY, ...input })),
		times: () => delivered.map(({ payload }) => Object(payload).at),
	};
}

const advanceTo = (clock: ManualClock, time: string) => clock.advance(Date.parse(time) - clock.now());

test('a schedule is created, read, updated, listed and deleted by the SDK', async (t) => {
	const { client, create, close } = await open(t);
	t.teardown(close);
	const arn = 'arn:aws:scheduler:eu-west-1:000000000000:schedule/default/hourly';
	t.match(await create({ Description: 'why' }), { ScheduleArn: arn });
	const get = () => client.send(new GetScheduleCommand({ Name: 'hourly' }));
	const found = await get();
	t.match(found, {
		Arn: arn,
		GroupName: 'default',
		Description: 'why',
		ScheduleExpression: 'rate(1 hour)',
		ScheduleExpressionTimezone: 'UTC',
		State: 'ENABLED',
		ActionAfterCompletion: 'NONE',
		StartDate: HOURLY.StartDate,
		CreationDate: new Date(START),
		FlexibleTimeWindow: { Mode: 'OFF' },
		Target: {
			...HOURLY.Target,
			RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 },
		},
	});
	await client.send(new UpdateScheduleCommand({ ...HOURLY, State: 'DISABLED' }));
	t.match(await get(), { State: 'DISABLED', Description: undefined }, 'an update replaces all members');
	await create({ Name: 'other' });
	const first = await client.send(new ListSchedulesCommand({ MaxResults: 1 }));
	t.match(first.Schedules, [{ Name: 'hourly', State: 'DISABLED', Target: { Arn: FUNCTION } }]);
	const second = await client.send(new ListSchedulesCommand({ MaxResults: 1, NextToken: first.NextToken }));
	t.match(second, { Schedules: [{ Name: 'other' }], NextToken: undefined });
	t.equal((await client.send(new ListSchedulesCommand({ NamePrefix: 'ot' }))).Schedules?.length, 1);
	t.equal((await client.send(new ListSchedulesCommand({ State: 'DISABLED' }))).Schedules?.length, 1);
	await client.send(new DeleteScheduleCommand({ Name: 'hourly' }));
	await t.rejects(get(), ResourceNotFoundException);
	await t.rejects(client.send(new DeleteScheduleCommand({ Name: 'hourly' })), ResourceNotFoundException);
	await t.rejects(client.send(new UpdateScheduleCommand(HOURLY)), ResourceNotFoundException);
});

test('a repeated creation with the same client token has no effect', async (t) => {
	const { create, close } = await open(t);
	t.teardown(close);
	const answer = await create({ ClientToken: 'one' });
	t.equal((await create({ ClientToken: 'one' })).ScheduleArn, answer.ScheduleArn);
	await t.rejects(create({ ClientToken: 'two' }), ConflictException);
});

test('a group keeps its schedules apart and deletes them with itself', async (t) => {
	const { client, create, close } = await open(t);
	t.teardown(close);
	await t.rejects(create({ GroupName: 'stage' }), ResourceNotFoundException);
	await client.send(new CreateScheduleGroupCommand({ Name: 'stage' }));
	await t.rejects(client.send(new CreateScheduleGroupCommand({ Name: 'stage' })), ConflictException);
	await create({ GroupName: 'stage' });
	await create();
	t.match(await client.send(new GetScheduleGroupCommand({ Name: 'stage' })), { State: 'ACTIVE' });
	const groups = await client.send(new ListScheduleGroupsCommand({}));
	t.match(groups.ScheduleGroups, [{ Name: 'default' }, { Name: 'stage' }]);
	const listed = await client.send(new ListSchedulesCommand({ GroupName: 'stage' }));
	t.equal(listed.Schedules?.length, 1);
	await client.send(new DeleteScheduleGroupCommand({ Name: 'stage' }));
	t.equal((await client.send(new ListSchedulesCommand({}))).Schedules?.length, 1);
	await t.rejects(client.send(new DeleteScheduleGroupCommand({ Name: 'default' })), ValidationException);
});

test('unsupported and invalid members are refused by name', async (t) => {
	const { client, create, close } = await open(t);
	t.teardown(close);
	const refused = (input: Partial<CreateScheduleCommandInput>, message: RegExp) =>
		t.rejects(create(input), { name: 'ValidationException', message });
	await refused({ ScheduleExpression: 'cron(0 9 * * *)' }, /Invalid Schedule Expression/);
	await refused({ ScheduleExpression: 'at(2027-02-30T00:00:00)' }, /Invalid Schedule Expression/);
	await refused({ ScheduleExpression: 'rate(0 hours)' }, /Invalid Schedule Expression/);
	await refused({ ScheduleExpressionTimezone: 'Europe/Paradise' }, /Timezone/);
	await refused(
		{ FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 } },
		/FlexibleTimeWindow/,
	);
	await refused({ KmsKeyArn: 'arn:aws:kms:eu-west-1:000000000000:key/1' }, /KmsKeyArn|additional/);
	await refused(
		{ Target: { ...HOURLY.Target, KinesisParameters: { PartitionKey: 'x' } } },
		/Target.*(KinesisParameters|additional)/,
	);
	const tag = new TagResourceCommand({ ResourceArn: 'arn', Tags: [] });
	await t.rejects(client.send(tag), { message: /has no operation POST \/tags\/arn. It has: CreateSchedule/ });
});

test('a rate fires from its start date on, until it is disabled', async (t) => {
	const { client, clock, create, times, close } = await open(t);
	t.teardown(close);
	await create();
	await advanceTo(clock, '2027-03-26T14:45:00Z');
	t.strictSame(times(), ['2027-03-26T12:30:00Z', '2027-03-26T13:30:00Z', '2027-03-26T14:30:00Z']);
	await client.send(new UpdateScheduleCommand({ ...HOURLY, State: 'DISABLED' }));
	await clock.advance(DAY_MS);
	t.equal(times().length, 3);
	await client.send(new UpdateScheduleCommand(HOURLY));
	await clock.advance(60 * MINUTE_MS);
	t.equal(times().at(-1), '2027-03-27T15:30:00Z', 'times that passed while it was disabled are skipped');
	await client.send(new DeleteScheduleCommand({ Name: 'hourly' }));
	await clock.advance(DAY_MS);
	t.equal(times().length, 4);
});

test('a schedule over both changes of daylight saving in Europe/Berlin', async (t) => {
	const { clock, create, times, close } = await open(t);
	t.teardown(close);
	const { StartDate: _, ...daily } = HOURLY;
	await create({
		...daily,
		StartDate: undefined,
		ScheduleExpression: 'cron(30 2 * * ? *)',
		ScheduleExpressionTimezone: 'Europe/Berlin',
	});
	await advanceTo(clock, '2027-03-30T00:00:00Z');
	t.strictSame(times(), ['2027-03-27T01:30:00Z', '2027-03-29T00:30:00Z'], '28 March has no 02:30');
	await advanceTo(clock, '2027-11-01T02:00:00Z');
	t.strictSame(
		times().slice(-3),
		['2027-10-30T00:30:00Z', '2027-10-31T00:30:00Z', '2027-11-01T01:30:00Z'],
		'31 October has 02:30 twice',
	);
});

test('a one-time schedule fires once, and deletes itself if it says so', async (t) => {
	const { client, clock, create, times, close } = await open(t);
	t.teardown(close);
	const once = {
		StartDate: undefined,
		ScheduleExpression: 'at(2027-03-27T09:00:00)',
		ScheduleExpressionTimezone: 'Asia/Kolkata',
	};
	await create({ ...once, Name: 'kept' });
	await create({ ...once, Name: 'deleted', ActionAfterCompletion: 'DELETE' });
	await clock.advance(3 * DAY_MS);
	t.strictSame(times(), ['2027-03-27T03:30:00Z', '2027-03-27T03:30:00Z']);
	const { Schedules } = await client.send(new ListSchedulesCommand({}));
	t.match(Schedules, [{ Name: 'kept' }]);
});

test('no time is after the end date', async (t) => {
	const { clock, create, times, close } = await open(t);
	t.teardown(close);
	await create({ EndDate: new Date('2027-03-26T13:30:00Z') });
	await clock.advance(DAY_MS);
	t.strictSame(times(), ['2027-03-26T12:30:00Z', '2027-03-26T13:30:00Z']);
});

test('a failed delivery is retried, and goes to the dead-letter queue', async (t) => {
	const { clock, create, delivered, world, close } = await open(t, { fail: true });
	t.teardown(close);
	const target = {
		...HOURLY.Target,
		RetryPolicy: { MaximumRetryAttempts: 2 },
		DeadLetterConfig: { Arn: QUEUE },
	};
	await create({ Target: target });
	await clock.advance(40 * MINUTE_MS);
	t.match(
		delivered.map(({ arn, messageAttributes }) => ({ arn, messageAttributes })),
		[
			{ arn: FUNCTION },
			{ arn: FUNCTION },
			{ arn: FUNCTION },
			{
				arn: QUEUE,
				messageAttributes: {
					SCHEDULE_ARN: /schedule\/default\/hourly$/,
					RETRY_ATTEMPTS: '2',
					EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
					RULE_ARN: undefined,
				},
			},
		],
	);
	t.match(delivered.at(-1)?.payload, { at: '2027-03-26T12:30:00Z' });
	world.error = new AwsError('AccessDeniedException', 'no', 403);
	delivered.length = 0;
	await clock.advance(60 * MINUTE_MS);
	t.strictSame(
		delivered.map(({ arn }) => arn),
		[FUNCTION, QUEUE],
		'a missing permission is not retried',
	);
});

test('schedules survive a restart, after which at most the latest missed time fires', async (t) => {
	const file = join(t.testdir(), 'scheduler.db');
	const before = await open(t, { file });
	await before.create();
	const RetryPolicy = { MaximumEventAgeInSeconds: 600 };
	await before.create({ Name: 'short', Target: { ...HOURLY.Target, Input: '{}', RetryPolicy } });
	await before.create({ Name: 'paused', State: 'DISABLED' });
	before.close();
	// Five hours pass while nothing runs.
	const clock = createManualClock(Date.parse('2027-03-26T17:45:00Z'));
	const after = await open(t, { file, clock });
	t.teardown(after.close);
	await clock.advance(0);
	t.strictSame(after.times(), ['2027-03-26T17:30:00Z'], 'the other schedule gives up after ten minutes');
	await clock.advance(60 * MINUTE_MS);
	t.strictSame(after.times().filter(Boolean), ['2027-03-26T17:30:00Z', '2027-03-26T18:30:00Z']);
	t.equal(after.delivered.length, 3);
});
