import { PublishCommand } from '@aws-sdk/client-sns';
import { AwsError, type JsonService } from '../endpoint/service.ts';
import type { Deliver, DeliveryTarget } from '../event-bridge/delivery.ts';
import type { Lambda } from '../lambda/lambda.ts';
import type { Messaging } from '../messaging/messaging.ts';
import type { AwsClients } from './aws-clients.ts';

/** Dependencies of {@link createEventTargets}. */
export interface EventTargetDependencies {
	readonly clients: AwsClients;
	readonly messaging: Messaging;
	readonly lambda: Lambda;
	/** A function, because Step Functions itself publishes events. */
	readonly stepFunctions: () => JsonService;
}

type Delivery = (target: DeliveryTarget, payload: string) => Promise<unknown>;

/** Creates the delivery to rule targets, by the service in the ARN. It rejects if the target refuses the event. */
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
			throw new AwsError('InvalidTarget', `The local EventBridge does not support the target ${target.arn}.`);
		try {
			await deliver(target, payload);
		} catch (error) {
			throw asAwsError(error);
		}
	};
}

/** Converts an SDK error so that EventBridge can distinguish permanent from transient errors. */
function asAwsError(error: unknown): unknown {
	const { name, message, $metadata } = Object(error);
	const status: unknown = Object($metadata).httpStatusCode;
	return typeof status === 'number' ? new AwsError(String(name), String(message), status) : error;
}
