import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { TaskPublisher } from '../tasks/task-publisher.ts';

/** Publishes to the task topic; the start queue subscribes to it with raw delivery. */
export function createTaskPublisher(client: SNSClient, topicArn: string): TaskPublisher {
	return {
		async publish(message, traceparent) {
			await client.send(
				new PublishCommand({
					TopicArn: topicArn,
					Message: JSON.stringify(message),
					MessageAttributes: {
						type: { DataType: 'String', StringValue: message.task.type },
						...(traceparent === undefined
							? {}
							: { traceparent: { DataType: 'String', StringValue: traceparent } }),
					},
				}),
			);
		},
	};
}
