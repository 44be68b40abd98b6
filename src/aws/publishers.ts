import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { TaskPublisher } from '../tasks/task-message.ts';

/** Creates the publisher of the task topic; the start queue subscribes to it with raw delivery. */
export function createTaskPublisher(client: SNSClient, topicArn: string): TaskPublisher {
	const publish = createPublisher(client, topicArn);
	return {
		publish: (message, traceparent) =>
			publish(message, {
				type: message.task.type,
				...(traceparent === undefined ? {} : { traceparent }),
			}),
	};
}

/** Creates a publisher of JSON messages; subscribers can filter by the attributes. */
export function createPublisher(client: SNSClient, topicArn: string) {
	return async (message: unknown, attributes: Readonly<Record<string, string>> = {}): Promise<void> => {
		const MessageAttributes = Object.fromEntries(
			Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
		);
		await client.send(
			new PublishCommand({ TopicArn: topicArn, Message: JSON.stringify(message), MessageAttributes }),
		);
	};
}
