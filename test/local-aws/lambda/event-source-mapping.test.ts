import { test } from 'tap';
import {
	type QueueMessage,
	startEventSourceMapping,
} from '../../../src/local-aws/lambda/event-source-mapping.ts';
import type { InvokeResult } from '../../../src/local-aws/lambda/sandbox.ts';

const SETTINGS = {
	functionName: 'f',
	queueArn: 'arn:aws:sqs:eu-west-1:123456789012:q',
	region: 'eu-west-1',
	batchSize: 10,
	batchWindowSeconds: 0,
	maximumConcurrency: 2,
	reportBatchItemFailures: true,
};

function message(messageId: string): QueueMessage {
	return {
		messageId,
		receiptHandle: `handle-${messageId}`,
		body: 'body',
		md5OfBody: 'md5',
		attributes: {},
		messageAttributes: {},
	};
}

/** A queue with these batches that records removed messages. */
function setup(
	batches: QueueMessage[][],
	invoke: (payload: string) => Promise<InvokeResult>,
	settings = SETTINGS,
) {
	const removed: string[] = [];
	const errors: unknown[] = [];
	const asked: number[] = [];
	const empty = Promise.withResolvers<void>();
	const mapping = startEventSourceMapping(settings, {
		queue: {
			async receive({ max, signal }) {
				asked.push(max);
				const batch = batches.shift();
				if (batch !== undefined) return batch;
				empty.resolve();
				return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
			},
			async remove(handles) {
				removed.push(...handles);
			},
		},
		invoke: (_, payload) => invoke(payload),
		onError: (error) => errors.push(error),
	});
	const finish = async () => {
		await empty.promise;
		await mapping.close();
	};
	return { removed, errors, asked, finish };
}

const answer = (value: unknown): InvokeResult => ({ ok: true, payload: JSON.stringify(value) });

test('the response of the function decides which messages are deleted', async (t) => {
	const failing = (...ids: unknown[]) => ({
		batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
	});
	const cases: [string, InvokeResult, string[]][] = [
		['null', answer(null), ['a', 'b']],
		['an empty object', answer({}), ['a', 'b']],
		['an empty list', answer({ batchItemFailures: [] }), ['a', 'b']],
		['a list that is null', answer({ batchItemFailures: null }), ['a', 'b']],
		['an empty text', answer(''), ['a', 'b']],
		['one that failed', answer(failing('a')), ['b']],
		['all that failed', answer(failing('a', 'b')), []],
		['an unknown id', answer(failing('x')), []],
		['an empty id', answer(failing('')), []],
		['an id of another type', answer(failing(1)), []],
		['something else', answer({ batchItemFailures: 'a' }), []],
		['a throw', { ok: false, payload: '{"errorType":"X"}' }, []],
	];
	for (const [name, result, done] of cases) {
		const { removed, errors, finish } = setup([[message('a'), message('b')]], async () => result);
		await finish();
		t.strictSame(
			removed,
			done.map((id) => `handle-${id}`),
			name,
		);
		t.strictSame(errors, [], name);
	}
});

test('the function receives messages in the form of Lambda', async (t) => {
	const payloads: unknown[] = [];
	const { finish } = setup([[message('a')]], async (payload) => {
		payloads.push(JSON.parse(payload));
		return answer(null);
	});
	await finish();
	t.strictSame(payloads, [
		{
			Records: [
				{
					...message('a'),
					eventSource: 'aws:sqs',
					eventSourceARN: SETTINGS.queueArn,
					awsRegion: 'eu-west-1',
				},
			],
		},
	]);
});

test('concurrent invocations do not exceed the maximum', async (t) => {
	let running = 0;
	let most = 0;
	const latch = Promise.withResolvers<void>();
	const { removed, finish } = setup([[message('a')], [message('b')], [message('c')]], async () => {
		most = Math.max(most, ++running);
		if (running === 2) latch.resolve();
		await latch.promise;
		running--;
		return answer(null);
	});
	await finish();
	t.equal(most, 2);
	t.equal(removed.length, 3);
});

test('a batch above ten, or with a window, is gathered from several receives', async (t) => {
	const settings = { ...SETTINGS, batchSize: 12, batchWindowSeconds: 2 };
	const sizes: number[] = [];
	const ten = Array.from({ length: 10 }, (_, index) => message(`m${index}`));
	const { asked, finish } = setup(
		[ten, [message('a')], [message('b')]],
		async (payload) => {
			sizes.push(JSON.parse(payload).Records.length);
			return answer(null);
		},
		settings,
	);
	await finish();
	t.strictSame(sizes, [12]);
	t.strictSame(asked.slice(0, 3), [10, 2, 1]);
});
