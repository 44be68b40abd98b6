import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { buildEventBridge, EVENT, QUEUE, RULE_ARN } from './build-event-bridge.ts';

t.test('an event goes to all targets of all matching rules', async (t) => {
	const { call, publish, delivered } = buildEventBridge();
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

t.test('rules are described, listed and deleted after their targets', async (t) => {
	const { call } = buildEventBridge();
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

t.test('invalid rules and targets are refused', async (t) => {
	const { call } = buildEventBridge();
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

t.test('PutEvents accepts valid entries and reports each invalid one', async (t) => {
	const { call, delivered } = buildEventBridge();
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

t.test('TestEventPattern requires a complete event', async (t) => {
	const { call } = buildEventBridge();
	const Event = JSON.stringify(EVENT);
	const ask = (EventPattern: string) => call('TestEventPattern', { EventPattern, Event });
	t.same(await ask('{"source":["aws.states"]}'), { Result: true });
	t.same(await ask('{"source":["aws.s3"]}'), { Result: false });
	await t.rejects(ask('{"source":"aws.s3"}'), { code: 'InvalidEventPatternException' });
	await t.rejects(call('TestEventPattern', { EventPattern: '{"a":["b"]}', Event: '{"a":"b"}' }), {
		code: 'ValidationException',
	});
});

t.test('a schedule fires between start and close', async (t) => {
	const { call, start, close, clock, delivered } = buildEventBridge();
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

t.test('a schedule follows its rule: disabled, enabled, changed, with targets, deleted', async (t) => {
	const { call, start, clock, delivered } = buildEventBridge();
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
