import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
	ChangeMessageVisibilityCommand,
	ReceiveMessageCommand,
	SendMessageBatchCommand,
	SendMessageCommand,
	SQSClient,
} from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { type Test, test } from 'tap';
import { createMessaging } from '../../../src/local-aws/messaging/messaging.ts';

const PLACE = { region: 'us-east-1', accountId: '000000000000' };
const arnOf = (service: string, name: string) => `arn:aws:${service}:us-east-1:000000000000:${name}`;

async function open(t: Test, dataDir?: string) {
	let handle: RequestListener = (_, response) => response.end();
	const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) =>
		handle(request, response),
	).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	const awsEndpoint = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
	const messaging = await createMessaging({ ...PLACE, awsEndpoint, dataDir });
	handle = (request, response) => {
		const name = request.headers['x-amz-target'] === undefined ? 'sns' : 'sqs';
		messaging.services.find(({ signingName }) => signingName === name)?.handle(request, response);
	};
	const settings = {
		region: 'us-east-1',
		endpoint: awsEndpoint,
		credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
	};
	const sns = new SNSClient(settings);
	const sqs = new SQSClient({ ...settings, useQueueUrlAsEndpoint: false });
	let isOpen = true;
	const close = async () => {
		if (!isOpen) return;
		isOpen = false;
		sns.destroy();
		sqs.destroy();
		server.closeAllConnections();
		server.close();
		await messaging.close();
	};
	t.teardown(close);
	const urlOf = (name: string) => `${awsEndpoint}/000000000000/${name}`;
	const receive = async (name: string, visibilitySeconds = 60) => {
		const { Messages = [] } = await sqs.send(
			new ReceiveMessageCommand({
				QueueUrl: urlOf(name),
				VisibilityTimeout: visibilitySeconds,
				MessageAttributeNames: ['All'],
				MessageSystemAttributeNames: ['All'],
			}),
		);
		return Messages;
	};
	const send = (name: string, MessageBody: string) =>
		sqs.send(new SendMessageCommand({ QueueUrl: urlOf(name), MessageBody }));
	return { messaging, sns, sqs, urlOf, receive, send, close };
}

test('a raw subscription delivers body and attributes unchanged', async (t) => {
	const { messaging, sns, receive } = await open(t);
	messaging.createTopic('topic');
	messaging.createQueue('queue', {});
	messaging.subscribe({
		topicArn: arnOf('sns', 'topic'),
		queueArn: arnOf('sqs', 'queue'),
		attributes: { RawMessageDelivery: 'true' },
	});
	const MessageAttributes = { traceparent: { DataType: 'String', StringValue: '00-x' } };
	await sns.send(
		new PublishCommand({ TopicArn: arnOf('sns', 'topic'), Message: '{"a":1}', MessageAttributes }),
	);
	t.match(await receive('queue'), [
		{
			Body: '{"a":1}',
			MessageAttributes: { traceparent: { StringValue: '00-x' } },
			Attributes: { ApproximateReceiveCount: '1' },
		},
	]);
	t.strictSame(messaging.messages(), [{ queueArn: arnOf('sqs', 'queue'), body: '{"a":1}' }], 'recorded');
});

test('a message moves to the dead-letter queue after maxReceiveCount receives', async (t) => {
	const { messaging, receive, send } = await open(t);
	messaging.createQueue('dead', {});
	messaging.createQueue('queue', {
		RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf('sqs', 'dead'), maxReceiveCount: 2 }),
	});
	await send('queue', 'poison');
	t.equal((await receive('queue', 0)).length, 1);
	t.equal((await receive('queue', 0)).length, 1);
	t.strictSame(await receive('queue', 0), []);
	t.match(await receive('dead'), [{ Body: 'poison' }]);
	t.strictSame(messaging.messages(), [
		{ queueArn: arnOf('sqs', 'queue'), body: 'poison' },
		{ queueArn: arnOf('sqs', 'dead'), body: 'poison' },
	]);
});

test('messages survive a restart, and those in flight become visible again', async (t) => {
	const dataDir = t.testdir({});
	const first = await open(t, dataDir);
	const make = ({ messaging }: Pick<typeof first, 'messaging'>) => {
		messaging.createTopic('topic');
		messaging.createQueue('queue', { VisibilityTimeout: '600' });
		messaging.subscribe({
			topicArn: arnOf('sns', 'topic'),
			queueArn: arnOf('sqs', 'queue'),
			attributes: { RawMessageDelivery: 'true' },
		});
	};
	make(first);
	for (const body of ['in flight', 'given back', 'waiting']) await first.send('queue', body);
	await first.receive('queue');
	const [again] = await first.receive('queue');
	await first.sqs.send(
		new ChangeMessageVisibilityCommand({
			QueueUrl: first.urlOf('queue'),
			ReceiptHandle: again?.ReceiptHandle,
			VisibilityTimeout: 0,
		}),
	);
	await first.close();

	const second = await open(t, dataDir);
	make(second);
	const bodies = [
		...(await second.receive('queue')),
		...(await second.receive('queue')),
		...(await second.receive('queue')),
	].map(({ Body }) => Body);
	t.strictSame(
		bodies.toSorted((a = '', b = '') => a.localeCompare(b)),
		['given back', 'in flight', 'waiting'],
	);
	await second.sns.send(new PublishCommand({ TopicArn: arnOf('sns', 'topic'), Message: 'new' }));
	t.match(await second.receive('queue'), [{ Body: 'new' }], 'once, though it was subscribed twice');
	t.strictSame(await second.receive('queue'), []);
});

test('services in this process send, receive and delete without HTTP', async (t) => {
	const { messaging, send } = await open(t);
	messaging.createQueue('jobs', { VisibilityTimeout: '60' });
	const jobs = messaging.queueClient(arnOf('sqs', 'jobs'));
	const look = { max: 10, waitSeconds: 0, signal: new AbortController().signal };
	const MessageAttributes = {
		kind: { DataType: 'String', StringValue: 'greeting' },
		bytes: { DataType: 'Binary', BinaryValue: 'AQI=' },
	};
	const { MessageId } = messaging.sendMessage(arnOf('sqs', 'jobs'), {
		MessageBody: 'one',
		MessageAttributes,
	});
	await send('jobs', 'two');

	const received = await jobs.receive(look);
	t.match(received, [
		{
			messageId: MessageId,
			body: 'one',
			attributes: { ApproximateReceiveCount: '1' },
			messageAttributes: {
				kind: { dataType: 'String', stringValue: 'greeting' },
				bytes: { dataType: 'Binary', binaryValue: 'AQI=' },
			},
		},
		{ body: 'two' },
	]);
	await jobs.remove(received.map(({ receiptHandle }) => receiptHandle));
	t.strictSame(await jobs.receive(look), []);
});

test('a receive waits for a message, and an aborted one takes none', async (t) => {
	const { messaging } = await open(t);
	messaging.createQueue('jobs', { VisibilityTimeout: '60' });
	const jobs = messaging.queueClient(arnOf('sqs', 'jobs'));
	const leaving = new AbortController();
	const left = jobs.receive({ max: 1, waitSeconds: 20, signal: leaving.signal });
	leaving.abort();
	t.strictSame(await left, []);

	const waiting = jobs.receive({ max: 1, waitSeconds: 20, signal: new AbortController().signal });
	messaging.sendMessage(arnOf('sqs', 'jobs'), { MessageBody: 'late' });
	t.match(await waiting, [{ body: 'late' }]);
});

test('SQS refuses an invalid message with its own error code', async (t) => {
	const { messaging } = await open(t);
	messaging.createQueue('jobs', { MaximumMessageSize: '1024' });
	const refused = (code: string) => ({ code, statusCode: 400 });
	t.throws(
		() => messaging.sendMessage(arnOf('sqs', 'jobs'), { MessageBody: 'x'.repeat(2000) }),
		refused('InvalidParameterValue'),
	);
	t.throws(
		() => messaging.sendMessage(arnOf('sqs', 'none'), { MessageBody: 'x' }),
		refused('QueueDoesNotExist'),
	);
	t.throws(() => messaging.queueClient(arnOf('sqs', 'none')), refused('QueueDoesNotExist'));
});

/** Text in all characters that SQS allows, above U+FFFF in particular. */
const MESSAGE_TEXT = fc
	.array(
		fc.oneof(
			fc.string({ unit: 'binary', minLength: 1 }),
			fc.constantFrom('👍', '👩‍👩‍👧', '\u{10FFFF}', '\uE000.', '\uFFFD'),
		),
		{ minLength: 1 },
	)
	.map((parts) => parts.join('').replaceAll(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '?'));

test('all Unicode characters pass through queues, topics, attributes and batches', async (t) => {
	const { messaging, sns, sqs, urlOf, receive, send } = await open(t);
	messaging.createTopic('topic');
	for (const [name, RawMessageDelivery] of [
		['queue', 'true'],
		['enveloped', 'false'],
	] as const) {
		messaging.createQueue(name, {});
		messaging.subscribe({
			topicArn: arnOf('sns', 'topic'),
			queueArn: arnOf('sqs', name),
			attributes: { RawMessageDelivery },
		});
	}
	/** Empties a queue: each body as an HTTP client and as a service of this process receives it. */
	const drain = async (name: string) => {
		const [message] = await receive(name, 0);
		const queue = messaging.queueClient(arnOf('sqs', name));
		const all = await queue.receive({ max: 10, waitSeconds: 0, signal: new AbortController().signal });
		await queue.remove(all.map(({ receiptHandle }) => receiptHandle));
		const note = message?.MessageAttributes?.['note']?.StringValue;
		return { text: message?.Body, note, all: all.map(({ body }) => body).toSorted() };
	};
	const property = fc.asyncProperty(MESSAGE_TEXT, MESSAGE_TEXT, async (text, note) => {
		const MessageAttributes = { note: { DataType: 'String', StringValue: note } };
		// The SDK compares the MD5 digests of bodies in every answer.
		await send('queue', text);
		t.strictSame(await drain('queue'), { text, note: undefined, all: [text] });
		messaging.sendMessage(arnOf('sqs', 'queue'), { MessageBody: text, MessageAttributes });
		t.strictSame(await drain('queue'), { text, note, all: [text] });
		const bodies = [text, note, '\uE000.'];
		const Entries = bodies.map((MessageBody, index) => ({ Id: `${index}`, MessageBody }));
		await sqs.send(new SendMessageBatchCommand({ QueueUrl: urlOf('queue'), Entries }));
		t.strictSame((await drain('queue')).all, bodies.toSorted());
		await sns.send(new PublishCommand({ TopicArn: arnOf('sns', 'topic'), Message: text, MessageAttributes }));
		t.strictSame(await drain('queue'), { text, note, all: [text] });
		t.equal(JSON.parse((await drain('enveloped')).text ?? '').Message, text);
	});
	await fc.assert(property, { numRuns: 25 });
});

test('SQS still refuses characters that it does not allow', async (t) => {
	const { messaging, send, urlOf, sqs } = await open(t);
	messaging.createQueue('queue', { MaximumMessageSize: '1024' });
	for (const body of ['a\u0000', '👍\uFFFF', '\uD83D', '\uDC4D\uD83D'])
		t.throws(() => messaging.sendMessage(arnOf('sqs', 'queue'), { MessageBody: body }), {
			code: 'InvalidMessageContents',
		});
	await t.rejects(send('queue', '👍\u0001'), { name: 'InvalidMessageContents' });
	t.equal((await send('queue', '👍'.repeat(256))).MessageId?.length, 36, '1,024 bytes');
	await t.rejects(send('queue', `${'👍'.repeat(256)}.`), { name: 'InvalidParameterValue' });
	await t.rejects(sqs.send(new SendMessageBatchCommand({ QueueUrl: urlOf('queue'), Entries: [] })), {
		name: 'EmptyBatchRequest',
	});
	await t.rejects(sqs.send(new SendMessageCommand({ QueueUrl: urlOf('none'), MessageBody: 'x' })), {
		name: 'QueueDoesNotExist',
	});
});
