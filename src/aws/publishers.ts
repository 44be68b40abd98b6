import { createHash } from 'node:crypto';
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { TaskPublisher } from '../tasks/task-message.ts';
import { createSqsLoader } from './clients.ts';

/** The topic of start messages, and the queue that subscribes to it with raw delivery. */
export interface StartDestinations {
	readonly topicArn: string;
	/** SNS cannot delay a message, so a delayed one goes to the queue directly. Absent: no start is delayed. */
	readonly queueUrl?: string;
}

/**
 * Creates the publisher of start messages. Each principal is a group of SQS's fair queues, so that the backlog of one
 * does not delay the tasks of others.
 */
export function createTaskPublisher(
	client: SNSClient,
	{ topicArn, queueUrl }: StartDestinations,
): TaskPublisher {
	const sendDelayed = queueUrl === undefined ? undefined : createDelayedSender(queueUrl);
	return {
		async publish(message, { traceparent, delaySeconds }) {
			const content = {
				text: JSON.stringify(message),
				attributes: stringAttributes({
					type: message.task.type,
					...(traceparent === undefined ? {} : { traceparent }),
				}),
				groupId: createHash('sha256').update(message.task.principal).digest('base64url'),
			};
			if (delaySeconds > 0) {
				if (sendDelayed === undefined) throw new Error('No queue for delayed start messages is set.');
				return sendDelayed(content, delaySeconds);
			}
			await client.send(
				new PublishCommand({
					TopicArn: topicArn,
					Message: content.text,
					MessageAttributes: content.attributes,
					MessageGroupId: content.groupId,
				}),
			);
		},
	};
}

interface MessageContent {
	readonly text: string;
	readonly attributes: ReturnType<typeof stringAttributes>;
	readonly groupId: string;
}

/** Creates a sender of delayed messages. */
function createDelayedSender(queueUrl: string) {
	const loadSqs = createSqsLoader();
	return async ({ text, attributes, groupId }: MessageContent, delaySeconds: number): Promise<void> => {
		const { sqs, client } = await loadSqs();
		await client.send(
			new sqs.SendMessageCommand({
				QueueUrl: queueUrl,
				MessageBody: text,
				MessageAttributes: attributes,
				MessageGroupId: groupId,
				DelaySeconds: delaySeconds,
			}),
		);
	};
}

function stringAttributes(attributes: Readonly<Record<string, string>>) {
	return Object.fromEntries(
		Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
	);
}

/** Creates a publisher of JSON messages; subscribers can filter by the attributes. */
export function createPublisher(client: SNSClient, topicArn: string) {
	return async (message: unknown, attributes: Readonly<Record<string, string>> = {}): Promise<void> => {
		await client.send(
			new PublishCommand({
				TopicArn: topicArn,
				Message: JSON.stringify(message),
				MessageAttributes: stringAttributes(attributes),
			}),
		);
	};
}
