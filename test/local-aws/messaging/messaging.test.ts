import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
	ChangeMessageVisibilityCommand,
	ReceiveMessageCommand,
	SendMessageCommand,
	SQSClient,
} from '@aws-sdk/client-sqs';
import { type Test, test } from 'tap';
import { createMessaging } from '../../../src/local-aws/messaging/messaging.ts';

const PLACE = { region: 'us-east-1', accountId: '000000000000' };
const arnOf = (service: string, name: string) => `arn:aws:${service}:us-east-1:000000000000:${name}`;

async function open(t: Test, dataDir?: string) {
	let handle: RequestListener = (_, response) => response.end();
	const server = createServer((request, response) => handle(request, response)).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	const awsEndpoint = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
	const messaging = await createMessaging({ ...PLACE, awsEndpoint, dataDir });
	handle = (request, response) => messaging.services[0]?.handle(request, response);
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

test('a raw subscription hands on body and attributes as they were published', async (t) => {
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
});

test('what is received too often goes to the DLQ', async (t) => {
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
});

test('messages outlast a restart, those in flight too, which are for somebody else then', async (t) => {
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

test('a service of this process sends, receives and removes without a wire', async (t) => {
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

test('a receive waits for a message, and whoever stops waiting takes none along', async (t) => {
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

test('what SQS does not take is refused in its words', async (t) => {
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
