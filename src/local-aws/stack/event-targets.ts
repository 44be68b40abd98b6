import { PublishCommand } from '@aws-sdk/client-sns';
import { AwsError, type JsonService } from '../endpoint/service.ts';
import type { Deliver, DeliveryTarget } from '../event-bridge/delivery.ts';
import type { Lambda } from '../lambda/lambda.ts';
import type { Messaging } from '../messaging/messaging.ts';
import type { AwsClients } from './aws-clients.ts';

export interface EventTargetDependencies {
	readonly clients: AwsClients;
	readonly messaging: Messaging;
	readonly lambda: Lambda;
	/** Asked for only when an event comes: Step Functions itself is a source of events. */
	readonly stepFunctions: () => JsonService;
}

type Delivery = (target: DeliveryTarget, payload: string) => Promise<unknown>;

/** Delivers an event to a rule's target, by the service that its ARN names. Rejects where the target does not take it. */
export function createEventTargets({
	clients,
	messaging,
	lambda,
	stepFunctions,
}: EventTargetDependencies): Deliver {
	const deliverTo: Readonly<Record<string, Delivery>> = {
		sqs: async ({ arn, messageGroupId, messageAttributes = {} }, MessageBody) =>
			messaging.sendMessage(arn, {
				MessageBody,
				MessageGroupId: messageGroupId,
				MessageAttributes: Object.fromEntries(
					Object.entries(messageAttributes).map(([name, StringValue]) => [
						name,
						{ DataType: 'String', StringValue },
					]),
				),
			}),
		sns: ({ arn }, Message) => clients.sns.send(new PublishCommand({ TopicArn: arn, Message })),
		lambda: ({ arn }, payload) => lambda.invoke(arn, payload),
		states: async ({ arn }, input) =>
			stepFunctions().operations['StartExecution']?.({ stateMachineArn: arn, input }),
	};
	return async (target, payload) => {
		const deliver = deliverTo[target.arn.split(':')[2] ?? ''];
		if (deliver === undefined)
			throw new AwsError('InvalidTarget', `The local EventBridge has no way to ${target.arn}.`);
		try {
			await deliver(target, payload);
		} catch (error) {
			throw asAwsError(error);
		}
	};
}

/** An SDK's error in the form by which EventBridge tells what is final from what may pass. */
function asAwsError(error: unknown): unknown {
	const { name, message, $metadata } = Object(error);
	const status: unknown = Object($metadata).httpStatusCode;
	return typeof status === 'number' ? new AwsError(String(name), String(message), status) : error;
}
