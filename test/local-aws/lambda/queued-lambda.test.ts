import { test } from 'tap';
import type { Lambda } from '../../../src/local-aws/lambda/lambda.ts';
import { createQueuedLambda } from '../../../src/local-aws/lambda/queued-lambda.ts';
import type { InvokeResult } from '../../../src/local-aws/lambda/sandbox.ts';

/** A Lambda whose invocations end when the test says so. */
function createHeldLambda() {
	const begun: { name: string; end: (result?: InvokeResult) => void; fail: (error: Error) => void }[] = [];
	const lambda: Pick<Lambda, 'invoke'> = {
		invoke(name) {
			const { promise, resolve, reject } = Promise.withResolvers<InvokeResult>();
			begun.push({ name, end: (result = { ok: true, payload: '1' }) => resolve(result), fail: reject });
			return promise;
		},
	};
	return { begun, lambda };
}

/** Lets everything happen that waits for nothing else. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('invocations above the limit of a function begin in order, each when another ends', async (t) => {
	const { lambda, begun } = createHeldLambda();
	const queued = createQueuedLambda(lambda, 2);
	const results = ['a', 'a', 'a', 'a', 'b'].map((name) => queued.invoke(name, '{}'));
	await settle();
	t.strictSame(
		begun.map(({ name }) => name),
		['a', 'a', 'b'],
		'each function has a limit of its own',
	);
	begun[0]?.end();
	await settle();
	t.equal(begun.length, 4);
	results[1]?.catch(() => undefined);
	begun[1]?.fail(new Error('stopped'));
	await settle();
	t.equal(begun.length, 5, 'a failure ends one too');
	for (const { end } of begun) end();
	t.strictSame(
		(await Promise.allSettled(results)).map(({ status }) => status),
		['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
	);
	const another = queued.invoke('a', '{}');
	await settle();
	t.equal(begun.length, 6, 'no place is lost');
	begun[5]?.end();
	t.strictSame(await another, { ok: true, payload: '1' });
});

test('an invocation that has waited knows whether its caller has left', async (t) => {
	const signals: (AbortSignal | undefined)[] = [];
	const { lambda, begun } = createHeldLambda();
	const recording: Pick<Lambda, 'invoke'> = {
		invoke(name, payload, signal) {
			signals.push(signal);
			return lambda.invoke(name, payload, signal);
		},
	};
	const queued = createQueuedLambda(recording, 1);
	const caller = new AbortController();
	const results = [queued.invoke('a', '{}'), queued.invoke('a', '{}', caller.signal)];
	await settle();
	caller.abort();
	begun[0]?.end();
	await settle();
	t.strictSame(
		signals.map((signal) => signal?.aborted),
		[undefined, true],
	);
	begun[1]?.end();
	t.match(await Promise.all(results), [{ ok: true }, { ok: true }]);
});
