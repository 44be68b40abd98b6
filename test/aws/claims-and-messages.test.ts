import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Test, test } from 'tap';
import { createClaimStore } from '../../src/aws/output-bucket.ts';
import { createTaskPublisher } from '../../src/aws/publishers.ts';
import { type ClaimStore, checkIn, claimKey, redeem } from '../../src/tasks/claim-check.ts';
import type { TaskPublisher } from '../../src/tasks/task-message.ts';
import { type TaskMessage, taskMessage } from '../../src/tasks/task-message.ts';
import { bootUnless } from '../support/contract-stack.ts';
import { exampleTask } from '../support/example-task.ts';
import { createMemoryClaimStore } from '../support/memory-claim-store.ts';
import { pollUntil } from '../support/poll.ts';

/** The contract of every claim store. */
async function claimStoreContract(t: Test, claims: ClaimStore): Promise<void> {
	const large = { text: 'ä€😀"\\ '.repeat(60_000), nested: [1, { deep: null }] };
	const task = exampleTask();
	const key = claimKey(task, 'data');
	const claim = await checkIn(large, () => key, claims);
	t.strictSame(claim, { $claim: key });
	t.strictSame(await redeem(claim, task, claims), large);
	t.strictSame(await redeem({ as: claim, it: 'is' }, task, claims), { as: large, it: 'is' });
	await claims.put(key, '"again"');
	t.equal(await redeem(claim, task, claims), 'again', 'the last of two stands');
	await t.rejects(claims.get('claims/contract/nothing.json'));
}

/** The contract of every publisher; `next` returns the next message of a subscriber. */
async function publisherContract(
	t: Test,
	publisher: TaskPublisher,
	next: () => Promise<{ readonly body: string; readonly traceparent: string | undefined }>,
): Promise<void> {
	const message = taskMessage(exampleTask({ data: { name: 'Ä "quoted" 😀', nested: [1, null] } }));
	const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
	await publisher.publish(message, { traceparent, delaySeconds: 0 });
	t.strictSame(await next(), { body: JSON.stringify(message), traceparent });
	await publisher.publish(message, { traceparent: undefined, delaySeconds: 1 });
	t.strictSame(
		await next(),
		{ body: JSON.stringify(message), traceparent: undefined },
		'byte for byte the same',
	);
}

test('in memory', async (t) => {
	await claimStoreContract(t, createMemoryClaimStore());
	const published: { body: string; traceparent: string | undefined }[] = [];
	const publisher: TaskPublisher = {
		publish: async (message: TaskMessage, { traceparent }) =>
			void published.push({ body: JSON.stringify(message), traceparent }),
	};
	await publisherContract(
		t,
		publisher,
		async () => published.shift() ?? { body: '', traceparent: undefined },
	);
});

/** `CONTRACT_ENDPOINT` switches to a real one, with the credentials of the environment. */
test('on S3, SNS and SQS', async (t) => {
	const { CONTRACT_ENDPOINT } = process.env;
	const local = await bootUnless(t, CONTRACT_ENDPOINT);
	const environment = {
		AWS_ENDPOINT_URL: CONTRACT_ENDPOINT ?? local?.awsEndpoint ?? '',
		...(local === undefined
			? {}
			: { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' }),
	};
	Object.assign(process.env, environment);
	const settings = { endpoint: environment.AWS_ENDPOINT_URL };
	const s3 = new S3Client({ ...settings, forcePathStyle: true });
	const sns = new SNSClient(settings);
	const sqs = new SQSClient(settings);
	t.teardown(() => [s3, sns, sqs].forEach((client) => client.destroy()));

	const bucket = `contract-${process.pid}`;
	await s3.send(new CreateBucketCommand({ Bucket: bucket }));
	await claimStoreContract(t, createClaimStore(bucket));

	const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: bucket }));
	const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: bucket }));
	const [account = '', name = ''] = new URL(QueueUrl).pathname.split('/').slice(1);
	await sns.send(
		new SubscribeCommand({
			TopicArn,
			Protocol: 'sqs',
			Endpoint: `arn:aws:sqs:us-east-1:${account}:${name}`,
			Attributes: { RawMessageDelivery: 'true' },
		}),
	);
	// The host name in the URL of a local queue is not known everywhere.
	const queueUrl = local === undefined ? QueueUrl : `${local.awsEndpoint}/${account}/${name}`;
	await publisherContract(t, createTaskPublisher(sns, { topicArn: TopicArn, queueUrl }), () =>
		pollUntil('the message', async () => {
			const { Messages: [message] = [] } = await sqs.send(
				new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'], WaitTimeSeconds: 1 }),
			);
			if (message === undefined) return undefined;
			return {
				body: message.Body ?? '',
				traceparent: message.MessageAttributes?.['traceparent']?.StringValue,
			};
		}),
	);
});
