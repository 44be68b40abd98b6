import * as fc from 'fast-check';
import { test } from 'tap';
import type { Retrier } from '../../../src/local-aws/step-functions/definition.ts';
import { createRetries, StateError } from '../../../src/local-aws/step-functions/errors.ts';

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
