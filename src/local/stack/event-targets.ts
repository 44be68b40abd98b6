import { PublishCommand } from '@aws-sdk/client-sns';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Deliver } from '../event-bridge/target.ts';
import type { Lambda } from '../lambda/lambda.ts';
import type { AwsClients } from './aws-clients.ts';

export interface EventTargetDependencies {
	readonly clients: AwsClients;
	readonly lambda: Lambda;
	readonly awsEndpoint: string;
}

/** Delivers an event to a rule's target, by the service that its ARN names. Rejects where the target does not take it. */
export function createEventTargets({ clients, lambda, awsEndpoint }: EventTargetDependencies): Deliver {
	const deliverTo: Readonly<Record<string, (arn: string, payload: string) => Promise<unknown>>> = {
		sqs: (arn, MessageBody) =>
			clients.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(awsEndpoint, arn), MessageBody })),
		sns: (arn, Message) => clients.sns.send(new PublishCommand({ TopicArn: arn, Message })),
		lambda: (arn, payload) => lambda.invoke(arn, payload),
	};
	return async ({ arn }, payload) => {
		const deliver = deliverTo[arn.split(':')[2] ?? ''];
		if (deliver === undefined) throw new Error(`The local EventBridge has no way to ${arn}.`);
		await deliver(arn, payload);
	};
}

/** `arn:aws:sqs:<region>:<account>:<name>` -> the queue's URL here. */
export function queueUrl(awsEndpoint: string, arn: string): string {
	const [, , , , account, name] = arn.split(':');
	return `${awsEndpoint}/${account}/${name}`;
}
