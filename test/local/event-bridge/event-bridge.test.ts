import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { AwsError } from '../../../src/local/endpoint/service.ts';
import { createEventBridge } from '../../../src/local/event-bridge/event-bridge.ts';
import type { Json } from '../../../src/local/event-bridge/json.ts';
import type { Deliver, DeliveryTarget } from '../../../src/local/event-bridge/target.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createRecordingLog } from '../../support/recording-log.ts';

const QUEUE = 'arn:aws:sqs:eu-west-1:000000000000:queue';
const DEAD_LETTERS = 'arn:aws:sqs:eu-west-1:000000000000:dead-letters';
const RULE_ARN = 'arn:aws:events:eu-west-1:000000000000:rule/status';

const EVENT = {
	version: '0',
	id: 'event-1',
	'detail-type': 'Status Change',
	source: 'aws.states',
	account: '000000000000',
	time: '2026-01-01T00:00:00Z',
	region: 'eu-west-1',
	resources: ['arn:one', 'arn:two'],
	detail: { status: 'SUCCEEDED', count: 3, parts: [{ id: 'a' }, { id: 'b' }], quote: 'say "hi"' },
} satisfies Json;

interface Delivered {
	readonly target: DeliveryTarget;
	readonly payload: string;
	readonly atMs: number;
}

/** An EventBridge whose deliveries are kept; `fail` throws for those that are to fail. */
function build(fail: (target: DeliveryTarget) => void = () => {}) {
	const clock = createManualClock(Date.UTC(2026, 0, 1));
	const { log, lines } = createRecordingLog();
	const delivered: Delivered[] = [];
	const deliver: Deliver = async (target, payload) => {
		delivered.push({ target, payload, atMs: clock.now() - Date.UTC(2026, 0, 1) });
		fail(target);
	};
	let ids = 0;
	const newId = () => {
		ids += 1;
		return `id-${ids}`;
	};
	const eventBridge = createEventBridge({
		clock,
		newId,
		region: 'eu-west-1',
		accountId: '000000000000',
		deliver,
		log,
	});
	const call = async (operation: string, input: unknown = {}) => {
		const operate = eventBridge.operations[operation];
		if (operate === undefined) throw new Error(`There is no ${operation}.`);
		return operate(input);
	};
	/** A rule `status` for the events of Step Functions, with one target. */
	const route = async (target: Readonly<Record<string, unknown>> = {}) => {
		await call('PutRule', { Name: 'status', EventPattern: '{"source":["aws.states"]}' });
		await call('PutTargets', { Rule: 'status', Targets: [{ Id: 'one', Arn: QUEUE, ...target }] });
	};
	return { ...eventBridge, call, route, clock, delivered, lines };
}

t.test('an event goes to every target of every rule that it matches', async (t) => {
	const { call, publish, delivered } = build();
	await call('PutRule', { Name: 'all', EventPattern: '{"source":[{"prefix":""}]}' });
	await call('PutRule', { Name: 'failed', EventPattern: '{"detail":{"status":["FAILED"]}}' });
	await call('PutRule', { Name: 'off', EventPattern: '{"source":[{"prefix":""}]}', State: 'DISABLED' });
	for (const Rule of ['all', 'failed', 'off']) {
		await call('PutTargets', { Rule, Targets: [{ Id: '1', Arn: `${Rule}-1`, RoleArn: 'role' }] });
	}
	const SqsParameters = { MessageGroupId: 'group' };
	await call('PutTargets', { Rule: 'all', Targets: [{ Id: '2', Arn: 'all-2', SqsParameters }] });
	await publish(EVENT);
	t.strictSame(
		delivered.map(({ target }) => target),
		[
			{ arn: 'all-1', roleArn: 'role' },
			{ arn: 'all-2', messageGroupId: 'group' },
		],
	);
	t.strictSame(JSON.parse(delivered[0]?.payload ?? ''), EVENT);

	await call('EnableRule', { Name: 'off' });
	await call('DisableRule', { Name: 'all' });
	delivered.length = 0;
	await publish(EVENT);
	t.strictSame(
		delivered.map(({ target }) => target.arn),
		['off-1'],
	);
});

t.test('a rule is described as it was put, listed, and deleted once it has no targets', async (t) => {
	const { call } = build();
	const EventPattern = '{"source":["a"]}';
	t.same(await call('PutRule', { Name: 'status', EventPattern, Description: 'why' }), { RuleArn: RULE_ARN });
	await call('PutTargets', { Rule: 'status', Targets: [{ Id: 'one', Arn: QUEUE, Input: '"x"' }] });
	t.match(await call('DescribeRule', { Name: 'status' }), {
		Name: 'status',
		Arn: RULE_ARN,
		EventPattern,
		Description: 'why',
		State: 'ENABLED',
		EventBusName: 'default',
	});
	t.match(await call('ListRules', { NamePrefix: 'st' }), { Rules: [{ Name: 'status' }] });
	t.same(await call('ListRules', { NamePrefix: 'other' }), { Rules: [] });
	await t.rejects(call('DeleteRule', { Name: 'status' }), {
		code: 'ValidationException',
		message: /targets/,
	});

	await call('PutRule', { Name: 'status', ScheduleExpression: 'rate(1 day)' });
	t.match(await call('ListTargetsByRule', { Rule: 'status' }), {
		Targets: [{ Id: 'one', Arn: QUEUE, Input: '"x"' }],
	});
	await call('RemoveTargets', { Rule: 'status', Ids: ['one'] });
	t.same(await call('ListTargetsByRule', { Rule: 'status' }), { Targets: [] });
	await call('DeleteRule', { Name: 'status' });
	await call('DeleteRule', { Name: 'status' });
	await t.rejects(call('DescribeRule', { Name: 'status' }), {
		code: 'ResourceNotFoundException',
		message: 'Rule status does not exist on EventBus default.',
	});
});

t.test('rules and targets that EventBridge does not take are refused', async (t) => {
	const { call } = build();
	const EventPattern = '{"source":["a"]}';
	const putRule = (rule: object) => call('PutRule', { Name: 'status', ...rule });
	await t.rejects(putRule({}), {
		code: 'ValidationException',
		message: /EventPattern or ScheduleExpression/,
	});
	await t.rejects(putRule({ EventPattern: '{' }), { code: 'InvalidEventPatternException' });
	await t.rejects(putRule({ EventPattern: '{"source":"a"}' }), { code: 'InvalidEventPatternException' });
	await t.rejects(putRule({ ScheduleExpression: 'rate(1 minutes)' }), { code: 'ValidationException' });
	await t.rejects(putRule({ EventPattern, EventBusName: 'other' }), { code: 'ResourceNotFoundException' });
	await t.rejects(call('PutRule', { Name: 'a b', EventPattern }), { message: /Name/ });

	await putRule({ EventPattern });
	const putTarget = (target: object) =>
		call('PutTargets', { Rule: 'status', Targets: [{ Id: 'one', Arn: QUEUE, ...target }] });
	await t.rejects(putTarget({ Input: '{}', InputPath: '$' }), { message: /Only one of/ });
	await t.rejects(putTarget({ Input: 'plain' }), { message: /JSON syntax/ });
	await t.rejects(putTarget({ InputPath: 'detail' }), { message: /path detail/ });
	await t.rejects(putTarget({ InputTransformer: { InputTemplate: '"<what>"' } }), { message: /<what>/ });
	await t.rejects(putTarget({ InputTransformer: { InputTemplate: '{"a": }' } }), {
		message: /InputTemplate/,
	});
	await t.rejects(putTarget({ RetryPolicy: { MaximumRetryAttempts: 186 } }), {
		message: /MaximumRetryAttempts/,
	});
	const six = [1, 2, 3, 4, 5, 6].map((id) => ({ Id: String(id), Arn: QUEUE }));
	await t.rejects(call('PutTargets', { Rule: 'status', Targets: six }), { code: 'LimitExceededException' });
	await t.rejects(call('PutTargets', { Rule: 'none', Targets: six }), { code: 'ResourceNotFoundException' });
	t.same(await call('ListTargetsByRule', { Rule: 'status' }), { Targets: [] });
});

/** A target's settings with an InputTransformer. */
const transform = (InputTemplate: string, InputPathsMap: Readonly<Record<string, string>> = {}) => ({
	InputTransformer: { InputTemplate, InputPathsMap },
});

t.test('a target gets what its input settings make of the event', async (t) => {
	const status = { status: '$.detail.status' };
	const rows: readonly (readonly [target: object, payload: string])[] = [
		[{ Input: '{"a": 1}' }, '{"a": 1}'],
		[{ InputPath: '$.detail.parts[1].id' }, '"b"'],
		[{ InputPath: "$['detail-type']" }, '"Status Change"'],
		[{ InputPath: '$.detail.parts[*].id' }, '["a","b"]'],
		[{ InputPath: '$.detail.none' }, 'null'],
		[transform('{"is": <status>, "n": <n>}', { ...status, n: '$.detail.count' }), '{"is":"SUCCEEDED","n":3}'],
		[transform('{"all": <r>}', { r: '$.resources' }), '{"all":["arn:one","arn:two"]}'],
		[transform('{"a": <none>, "b": [1]}', { none: '$.detail.none' }), '{"b":[1]}'],
		[
			transform('{"text": "is <status>: <q>"}', { ...status, q: '$.detail.quote' }),
			'{"text":"is SUCCEEDED: say \\"hi\\""}',
		],
		[transform('{"text": "<n> <none>."}', { n: '$.detail.count', none: '$.none' }), '{"text":"3 ."}'],
		[transform('"it is <status>"', status), '"it is SUCCEEDED"'],
		[transform('it is <status>', status), 'it is SUCCEEDED'],
		[transform('"one <status>"\n"two"', status), '"one SUCCEEDED"\n"two"'],
		[
			transform('{"rule": <aws.events.rule-arn>, "name": "<aws.events.rule-name>"}'),
			`{"rule":"${RULE_ARN}","name":"status"}`,
		],
		[transform('{"at": <aws.events.event.ingestion-time>}'), '{"at":"2026-01-01T00:00:00.000Z"}'],
		[transform('{"event": <aws.events.event.json>}'), JSON.stringify({ event: EVENT })],
	];
	for (const [target, payload] of rows) {
		const { route, publish, delivered } = build();
		await route({ ...target });
		await publish(EVENT);
		t.equal(delivered[0]?.payload, payload, JSON.stringify(target));
	}
	const { route, publish, delivered } = build();
	await route(transform('<aws.events.event>'));
	await publish(EVENT);
	const { detail: _, ...withoutDetail } = EVENT;
	t.strictSame(JSON.parse(delivered[0]?.payload ?? ''), withoutDetail);
});

t.test('a target that fails for a time is tried again, with longer and longer pauses', async (t) => {
	let failures = 4;
	const { route, publish, delivered, clock, lines } = build(() => {
		failures -= 1;
		if (failures >= 0) throw new Error('connection refused');
	});
	await route();
	const published = publish(EVENT);
	await clock.advance(60_000);
	await published;
	t.strictSame(
		delivered.map(({ atMs }) => atMs),
		[0, 1000, 3000, 7000, 15_000],
	);
	t.strictSame(lines, []);
});

t.test('an event that cannot be delivered goes to the dead-letter queue, saying why', async (t) => {
	const refuse = (error: Error) => (target: DeliveryTarget) => {
		if (target.arn === QUEUE) throw error;
	};
	const bury = async (error: Error, RetryPolicy: object) => {
		const { route, publish, delivered, clock } = build(refuse(error));
		await route({ Input: '"for the target only"', RetryPolicy, DeadLetterConfig: { Arn: DEAD_LETTERS } });
		const published = publish(EVENT);
		await clock.advance(86_400_000);
		await published;
		const buried = delivered.at(-1);
		t.equal(buried?.target.arn, DEAD_LETTERS);
		t.strictSame(JSON.parse(buried?.payload ?? ''), EVENT);
		return {
			attributes: buried?.target.messageAttributes,
			attempts: delivered.length - 1,
			atMs: buried?.atMs,
		};
	};
	t.strictSame(await bury(new Error('connection refused'), { MaximumRetryAttempts: 2 }), {
		attributes: {
			RULE_ARN,
			TARGET_ARN: QUEUE,
			ERROR_CODE: 'SDK_CLIENT_ERROR',
			ERROR_MESSAGE: 'connection refused',
			RETRY_ATTEMPTS: '2',
			EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
		},
		attempts: 3,
		atMs: 3000,
	});
	t.match(await bury(new AwsError('InternalFailure', 'down', 500), { MaximumEventAgeInSeconds: 60 }), {
		attributes: { ERROR_CODE: 'InternalFailure', EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds' },
		atMs: 60_000,
	});
	const gone = await bury(new AwsError('QueueDoesNotExist', 'gone', 400), { MaximumRetryAttempts: 2 });
	t.match(gone, { attributes: { ERROR_CODE: 'QueueDoesNotExist', RETRY_ATTEMPTS: '0' }, attempts: 1 });
	t.notOk(gone.attributes?.['EXHAUSTED_RETRY_CONDITION']);
	const throttled = await bury(new AwsError('ThrottlingException', 'slow', 400), { MaximumRetryAttempts: 1 });
	t.equal(throttled.attempts, 2, 'throttling passes');
});

t.test('by default an event is tried for a day, then lost, and the log says so', async (t) => {
	const { route, publish, delivered, clock, lines } = build(() => {
		throw new Error('connection refused');
	});
	await route();
	const published = publish(EVENT);
	await clock.advance(86_400_000);
	await published;
	t.ok(delivered.length > 150 && delivered.length <= 186);
	t.match(lines, [
		{ level: 'error', target_arn: QUEUE, rule_arn: RULE_ARN, error: { message: 'connection refused' } },
	]);
});

t.test('a dead-letter queue that fails too does not fail the publisher', async (t) => {
	const { route, publish, lines } = build(() => {
		throw new AwsError('QueueDoesNotExist', 'gone');
	});
	await route({ DeadLetterConfig: { Arn: DEAD_LETTERS } });
	await publish(EVENT);
	t.match(lines, [{ level: 'error', message: /dead-letter queue/ }]);
});

t.test('PutEvents takes good entries and says of each bad one what is wrong', async (t) => {
	const { call, delivered } = build();
	await call('PutRule', { Name: 'orders', EventPattern: '{"source":["shop"],"detail-type":["Order"]}' });
	await call('PutTargets', { Rule: 'orders', Targets: [{ Id: 'one', Arn: QUEUE }] });
	const good = { Source: 'shop', DetailType: 'Order', Detail: '{"id":1}' };
	const answer = await call('PutEvents', {
		Entries: [
			{ ...good, Resources: ['r'], Time: 1_767_225_599.5 },
			{ ...good, Source: 'aws.states' },
			{ ...good, Detail: '{"id":' },
			{ ...good, Detail: '[]' },
			{ DetailType: 'Order', Detail: '{}' },
			{ ...good, EventBusName: 'other' },
		],
	});
	t.match(answer, {
		FailedEntryCount: 5,
		Entries: [
			{ EventId: 'id-1' },
			{ ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' },
			{ ErrorCode: 'MalformedDetail' },
			{ ErrorCode: 'MalformedDetail' },
			{ ErrorCode: 'InvalidArgument', ErrorMessage: /Source is a required argument/ },
			{ ErrorCode: 'ResourceNotFoundException' },
		],
	});
	await setImmediate();
	t.strictSame(
		delivered.map(({ payload }) => JSON.parse(payload)),
		[
			{
				version: '0',
				id: 'id-1',
				'detail-type': 'Order',
				source: 'shop',
				account: '000000000000',
				time: '2025-12-31T23:59:59Z',
				region: 'eu-west-1',
				resources: ['r'],
				detail: { id: 1 },
			},
		],
	);
	await t.rejects(call('PutEvents', { Entries: [] }), { code: 'ValidationException' });
	const large = { ...good, Detail: JSON.stringify({ text: 'é'.repeat(300_000) }) };
	await t.rejects(call('PutEvents', { Entries: [large, large] }), { message: /over the limit/ });
});

t.test('TestEventPattern answers for events that are whole', async (t) => {
	const { call } = build();
	const Event = JSON.stringify(EVENT);
	const ask = (EventPattern: string) => call('TestEventPattern', { EventPattern, Event });
	t.same(await ask('{"source":["aws.states"]}'), { Result: true });
	t.same(await ask('{"source":["aws.s3"]}'), { Result: false });
	await t.rejects(ask('{"source":"aws.s3"}'), { code: 'InvalidEventPatternException' });
	await t.rejects(call('TestEventPattern', { EventPattern: '{"a":["b"]}', Event: '{"a":"b"}' }), {
		code: 'ValidationException',
	});
});

t.test('a schedule fires from the start until the close', async (t) => {
	const { call, start, close, clock, delivered } = build();
	await call('PutRule', { Name: 'status', ScheduleExpression: 'rate(1 minute)' });
	await call('PutTargets', { Rule: 'status', Targets: [{ Id: 'one', Arn: QUEUE }] });
	await clock.advance(120_000);
	t.equal(delivered.length, 0, 'nothing fires before the start');
	start();
	start();
	await clock.advance(150_000);
	t.strictSame(
		delivered.map(({ atMs }) => atMs),
		[180_000, 240_000],
	);
	t.match(JSON.parse(delivered[0]?.payload ?? ''), {
		source: 'aws.events',
		'detail-type': 'Scheduled Event',
		resources: [RULE_ARN],
		time: '2026-01-01T00:03:00Z',
		detail: {},
	});
	close();
	await clock.advance(600_000);
	t.equal(delivered.length, 2);
});

t.test('a schedule follows its rule: disabled, enabled, changed, given targets, deleted', async (t) => {
	const { call, start, clock, delivered } = build();
	start();
	await call('PutRule', { Name: 'status', ScheduleExpression: 'cron(0/5 * * * ? *)' });
	await clock.advance(240_000);
	await call('PutTargets', { Rule: 'status', Targets: [{ Id: 'one', Arn: QUEUE }] });
	await clock.advance(60_000);
	await call('DisableRule', { Name: 'status' });
	await clock.advance(600_000);
	await call('EnableRule', { Name: 'status' });
	await clock.advance(300_000);
	await call('PutRule', { Name: 'status', ScheduleExpression: 'rate(2 minutes)' });
	await clock.advance(60_000);
	await call('PutTargets', { Rule: 'status', Targets: [{ Id: 'one', Arn: QUEUE }] });
	await clock.advance(60_000);
	await call('RemoveTargets', { Rule: 'status', Ids: ['one'] });
	await call('DeleteRule', { Name: 'status' });
	await clock.advance(600_000);
	t.strictSame(
		delivered.map(({ atMs }) => atMs / 60_000),
		[5, 20, 22],
	);
});

t.test('closing gives up what waits to be tried again', async (t) => {
	const { route, publish, close, clock, delivered } = build(() => {
		throw new Error('connection refused');
	});
	await route({ DeadLetterConfig: { Arn: DEAD_LETTERS } });
	const published = publish(EVENT);
	await clock.advance(0);
	close();
	await published;
	await clock.advance(60_000);
	t.equal(delivered.length, 1);
});
