import * as fc from 'fast-check';
import { test } from 'tap';
import type { Retrier } from '../../../src/local-aws/step-functions/definition.ts';
import {
	createRetries,
	findCatcherIndex,
	matchesError,
	StateError,
} from '../../../src/local-aws/step-functions/errors.ts';

const seconds = fc.integer({ min: 1, max: 1000 });
const retrier = fc.record({
	ErrorEquals: fc.subarray(['A', 'B', 'States.TaskFailed'], { minLength: 1 }),
	IntervalSeconds: seconds,
	BackoffRate: fc.double({ min: 1, max: 4, noNaN: true }),
	MaxAttempts: fc.integer({ min: 0, max: 5 }),
	MaxDelaySeconds: seconds,
});
const errors = fc.array(fc.constantFrom('A', 'B'), { maxLength: 30 });

/** Returns the delay in milliseconds after each error, or `undefined` if it is not retried. */
function delaysAfter(list: readonly string[], retriers: readonly Retrier[], random = () => 0.5) {
	const retries = createRetries(retriers, random);
	return list.map((error) => retries.nextDelayMs(new StateError(error)));
}

const STEP_ERRORS = [
	'Lambda.Unknown',
	'Lambda.ClientExecutionTimeoutException',
	'Lambda.ServiceException',
	'Lambda.AWSLambdaException',
	'Lambda.SdkClientException',
	'Lambda.TooManyRequestsException',
	'Sandbox.Timedout',
	'Runtime.ExitError',
	'States.TaskFailed',
	'States.Permissions',
	'States.QueryEvaluationError',
	'CustomError',
];

test('wildcards match the errors that the Developer Guide names', async (t) => {
	const matches = (name: string, error: StateError) => matchesError({ ErrorEquals: [name] }, error);
	for (const name of STEP_ERRORS) {
		const error = new StateError(name);
		t.ok(matches('States.ALL', error), `States.ALL matches ${name}`);
		t.ok(matches('States.TaskFailed', error), `States.TaskFailed matches ${name}`);
		t.ok(matches(name, error), name);
		t.notOk(matches(`${name}x`, error), `another name does not match ${name}`);
	}
	const timeout = new StateError('States.Timeout');
	t.ok(matches('States.ALL', timeout));
	t.notOk(matches('States.TaskFailed', timeout));
	t.notOk(matches('States.HeartbeatTimeout', timeout));
	const heartbeat = new StateError('States.Timeout', undefined, { alias: 'States.HeartbeatTimeout' });
	t.ok(matches('States.HeartbeatTimeout', heartbeat));
	t.ok(matches('States.Timeout', heartbeat));
	t.notOk(matches('States.TaskFailed', heartbeat));
	const tooLarge = new StateError('States.DataLimitExceeded');
	t.notOk(matches('States.ALL', tooLarge));
	t.ok(matches('States.TaskFailed', tooLarge));
	t.ok(matches('States.DataLimitExceeded', tooLarge));
	for (const name of ['States.ALL', 'States.TaskFailed', 'States.Runtime'])
		t.notOk(matches(name, new StateError('States.Runtime')), `${name} does not match States.Runtime`);
});

test('the first matching catcher handles an error', async (t) => {
	const catchers = [
		{ ErrorEquals: ['States.Timeout'], Next: 'A' },
		{ ErrorEquals: ['States.TaskFailed'], Next: 'B' },
		{ ErrorEquals: ['States.ALL'], Next: 'C' },
	];
	t.equal(findCatcherIndex(catchers, new StateError('Sandbox.Timedout')), 1);
	t.equal(findCatcherIndex(catchers, new StateError('States.Timeout')), 0);
	t.equal(findCatcherIndex(catchers, new StateError('States.Runtime')), -1);
});

test('MaxDelaySeconds caps the delay, and FULL jitter applies to the capped delay', async (t) => {
	const capped = { ErrorEquals: ['States.ALL'], IntervalSeconds: 10, BackoffRate: 10, MaxDelaySeconds: 60 };
	const four = ['A', 'A', 'A', 'A'];
	t.strictSame(delaysAfter(four, [capped]), [10_000, 60_000, 60_000, undefined]);
	t.strictSame(delaysAfter(four, [{ ...capped, JitterStrategy: 'FULL' }]), [5000, 30_000, 30_000, undefined]);
	t.strictSame(delaysAfter(four, [{ ...capped, JitterStrategy: 'NONE' }]), [
		10_000,
		60_000,
		60_000,
		undefined,
	]);
});

test('the first matching retrier handles an error, up to its own MaxAttempts', async (t) => {
	t.doesNotThrow(() =>
		fc.assert(
			fc.property(fc.array(retrier, { maxLength: 3 }), errors, (retriers, list) => {
				const isRetried = delaysAfter(list, retriers).map((delay) => delay !== undefined);
				const firstFor = (error: string) =>
					retriers.findIndex(
						({ ErrorEquals }) => ErrorEquals.includes(error) || ErrorEquals.includes('States.TaskFailed'),
					);
				return list.every((error, at) => {
					const index = firstFor(error);
					const before = list.slice(0, at).filter((other) => firstFor(other) === index).length;
					return isRetried[at] === before < (retriers[index]?.MaxAttempts ?? 0);
				});
			}),
		),
	);
});

test('delays grow up to MaxDelaySeconds, and FULL jitter takes a random part of them', async (t) => {
	t.doesNotThrow(() =>
		fc.assert(
			fc.property(retrier, fc.double({ min: 0, max: 1, noNaN: true }), (one, chance) => {
				const always = { ...one, ErrorEquals: ['A'] };
				const list = Array.from({ length: one.MaxAttempts }, () => 'A');
				const plain = delaysAfter(list, [always]).map(Number);
				const jittered = delaysAfter(list, [{ ...always, JitterStrategy: 'FULL' }], () => chance);
				return plain.every((delayMs, index) => {
					const previousMs = plain[index - 1] ?? 0;
					return (
						delayMs >= previousMs &&
						delayMs <= one.MaxDelaySeconds * 1000 &&
						delayMs <= Math.max(previousMs * one.BackoffRate * 1.0001, one.IntervalSeconds * 1000) &&
						jittered[index] === delayMs * chance
					);
				});
			}),
		),
	);
});

test('the default delays are 1, 2 and 4 seconds', async (t) => {
	const delays = delaysAfter(['A', 'A', 'A', 'A'], [{ ErrorEquals: ['States.ALL'] }]);
	t.strictSame(delays, [1000, 2000, 4000, undefined]);
});
