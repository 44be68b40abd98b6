import t from 'tap';
import { AwsError } from '../../../src/local-aws/endpoint/service.ts';
import type { DeliveryTarget } from '../../../src/local-aws/event-bridge/delivery.ts';
import { buildEventBridge, DEAD_LETTERS, EVENT, QUEUE, RULE_ARN } from './build-event-bridge.ts';

t.test('a transient failure is retried with growing delays', async (t) => {
	let failures = 4;
	const { route, publish, delivered, clock, lines } = buildEventBridge(() => {
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

/** Fails only deliveries to the rule's target. */
const refuse = (error: Error) => (target: DeliveryTarget) => {
	if (target.arn === QUEUE) throw error;
};

t.test('an undeliverable event goes to the dead-letter queue with the reason', async (t) => {
	const bury = async (error: Error, RetryPolicy: object) => {
		const { route, publish, delivered, clock } = buildEventBridge(refuse(error));
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

t.test('by default an event is retried for 24 hours, then lost with a log line', async (t) => {
	const { route, publish, delivered, clock, lines } = buildEventBridge(() => {
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

t.test('a failing dead-letter queue does not fail the publisher', async (t) => {
	const { route, publish, lines } = buildEventBridge(() => {
		throw new AwsError('QueueDoesNotExist', 'gone');
	});
	await route({ DeadLetterConfig: { Arn: DEAD_LETTERS } });
	await publish(EVENT);
	t.match(lines, [{ level: 'error', message: /dead-letter queue/ }]);
});

t.test('closing abandons pending retries', async (t) => {
	const { route, publish, close, clock, delivered } = buildEventBridge(() => {
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
