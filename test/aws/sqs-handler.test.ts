import { test } from 'tap';
import { createSqsHandler, RECORD_FAILED_MESSAGE } from '../../src/aws/sqs-handler.ts';
import type { QueueMessage } from '../../src/executions/queue-message.ts';
import { createRecordingLog } from '../support/recording-log.ts';

function setup() {
	const { log, lines } = createRecordingLog();
	const handled: Omit<QueueMessage, 'identify'>[] = [];
	const handler = createSqsHandler(async ({ identify, ...message }) => {
		identify({ task_id: `task of ${message.body}` });
		if (message.body === 'poison') throw new Error('It cannot be handled.');
		handled.push(message);
	}, log);
	return { lines, handled, handle: (event: unknown) => handler(event, {}) };
}

const record = (body: unknown, messageId: string, members: object = {}) => ({
	messageId,
	receiptHandle: 'x',
	body,
	attributes: {},
	messageAttributes: {},
	eventSource: 'aws:sqs',
	...members,
});

test('a poison record fails alone and is logged once, with the ids of its message and task', async (t) => {
	const { handle, handled, lines } = setup();
	const Records = [record('poison', '1'), record('fine', '2'), record({ no: 'text' }, '3')];
	const { batchItemFailures } = await handle({ Records });
	t.strictSame(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).toSorted(), ['1', '3']);
	t.strictSame(handled, [{ body: 'fine' }]);
	t.match(
		lines.filter(({ message }) => message === RECORD_FAILED_MESSAGE),
		[{ error: { code: 'unexpected-shape' } }, { message_id: '1', task_id: 'task of poison' }],
	);
});

test('a batch of which every record fails is answered, not thrown', async (t) => {
	const { handle } = setup();
	t.strictSame(await handle({ Records: [record('poison', '1')] }), {
		batchItemFailures: [{ itemIdentifier: '1' }],
	});
	t.strictSame(await handle({ Records: [] }), { batchItemFailures: [] });
});

test('binary and null attributes are ignored, and traceparent is passed on', async (t) => {
	const { handle, handled } = setup();
	const binary = { stringValue: null, binaryValue: 'aGk=', stringListValues: [], dataType: 'Binary' };
	const traceparent = { stringValue: 'trace', dataType: 'String' };
	await handle({
		Records: [
			record('a', '1', { messageAttributes: { binary } }),
			record('b', '2', { messageAttributes: { binary, traceparent } }),
			record('c', '3', { messageAttributes: { traceparent: { dataType: 'String' } } }),
			record('d', '4', { messageAttributes: undefined }),
		],
	});
	t.strictSame(handled, [{ body: 'a' }, { body: 'b', traceparent: 'trace' }, { body: 'c' }, { body: 'd' }]);
});

test('the envelope of a subscription without raw delivery is opened', async (t) => {
	const { handle, handled } = setup();
	const envelope = {
		Type: 'Notification',
		MessageId: 'x',
		TopicArn: 'arn:aws:sns:us-east-1:000000000000:tasks',
		Message: '{"inner":true}',
		MessageAttributes: { traceparent: { Type: 'String', Value: 'trace' } },
	};
	const lookalike = '{"data":{"TopicArn":"mine"}}';
	await handle({
		Records: [record(JSON.stringify(envelope), '1'), record(lookalike, '2'), record('"TopicArn"{', '3')],
	});
	t.strictSame(handled, [
		{ body: '{"inner":true}', traceparent: 'trace' },
		{ body: lookalike },
		{ body: '"TopicArn"{' },
	]);
});

test('an event that is not of SQS is rejected, which returns all records', async (t) => {
	const { handle } = setup();
	for (const event of [{ Service: 'Amazon S3', Event: 's3:TestEvent' }, {}, null, { Records: [{ Sns: {} }] }])
		await t.rejects(handle(event), { code: 'unexpected-shape' });
});
