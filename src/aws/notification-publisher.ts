import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';

/** Publishes JSON messages to the notification topic; subscribers can filter by the attributes, which are texts. */
export function createNotificationPublisher(client: SNSClient, topicArn: string) {
	return async (message: unknown, attributes: Readonly<Record<string, string>> = {}): Promise<void> => {
		const MessageAttributes = Object.fromEntries(
			Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
		);
		await client.send(
			new PublishCommand({ TopicArn: topicArn, Message: JSON.stringify(message), MessageAttributes }),
		);
	};
}
