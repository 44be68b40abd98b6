import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';

/** Publishes JSON messages to the notification topic. */
export function createNotificationPublisher(client: SNSClient, topicArn: string) {
	return async (message: unknown): Promise<void> => {
		await client.send(new PublishCommand({ TopicArn: topicArn, Message: JSON.stringify(message) }));
	};
}
