import { PublishCommand } from '@aws-sdk/client-sns';
import * as Type from 'typebox';
import type { JsonService } from '../endpoint/service.ts';
import { isObject, type Json, textOf } from '../json.ts';
import type { Lambda } from '../lambda/lambda.ts';
import type { Messaging } from '../messaging/messaging.ts';
import { parseJson, parseValue } from '../parse.ts';
import type { ServiceAnswer, ServiceCall } from '../step-functions/run.ts';
import type { AwsClients } from './aws-clients.ts';

const AnyJson = Type.Unsafe<Json>({});
const InvokeInput = Type.Object({ FunctionName: Type.String(), Payload: Type.Optional(AnyJson) });
/** SNS and SQS take texts; Step Functions sends what is none as JSON. */
const PublishInput = Type.Object({
	TopicArn: Type.Optional(Type.String()),
	Message: AnyJson,
	Subject: Type.Optional(Type.String()),
	MessageAttributes: Type.Optional(
		Type.Record(
			Type.String(),
			Type.Object({ DataType: Type.String(), StringValue: Type.Optional(Type.String()) }),
		),
	),
});
const SendMessageInput = Type.Object({
	QueueUrl: Type.String(),
	MessageBody: AnyJson,
	DelaySeconds: Type.Optional(Type.Integer()),
});
const LambdaError = Type.Object({ errorType: Type.String() });

export interface ServiceCallDependencies {
	readonly clients: AwsClients;
	readonly messaging: Messaging;
	readonly lambda: Lambda;
	readonly events: JsonService;
}

type Call = (input: Json, signal: AbortSignal) => Promise<Json | ServiceFailure>;

/** A service's refusal, in the words that Step Functions uses for it. */
class ServiceFailure {
	readonly error: string;
	readonly cause: string;

	constructor(error: string, cause: string) {
		this.error = error;
		this.cause = cause;
	}
}

/** How Task states reach other services: each as its own API takes it. */
export function createServiceCalls({
	clients,
	messaging,
	lambda,
	events,
}: ServiceCallDependencies): (call: ServiceCall) => Promise<ServiceAnswer> {
	const calls: Readonly<Record<string, Call>> = {
		async 'lambda:invoke'(input, signal) {
			const { FunctionName, Payload = {} } = parseValue(InvokeInput, input, 'Arguments');
			const result = await lambda.invoke(FunctionName, JSON.stringify(Payload), signal);
			if (result.ok)
				return { ExecutedVersion: '$LATEST', Payload: JSON.parse(result.payload), StatusCode: 200 };
			return new ServiceFailure(parseJson(LambdaError, result.payload, 'error').errorType, result.payload);
		},
		async 'sns:publish'(input) {
			const { Message, ...publish } = parseValue(PublishInput, input, 'Arguments');
			const { MessageId = '' } = await clients.sns.send(
				new PublishCommand({ ...publish, Message: textOf(Message) }),
			);
			return { MessageId };
		},
		async 'sqs:sendMessage'(input) {
			const { QueueUrl, MessageBody, ...send } = parseValue(SendMessageInput, input, 'Arguments');
			const { MessageId, MD5OfMessageBody } = messaging.sendMessage(QueueUrl, {
				...send,
				MessageBody: textOf(MessageBody),
			});
			return { MessageId, MD5OfMessageBody };
		},
		async 'events:putEvents'(input) {
			const answer: Json = JSON.parse(
				JSON.stringify(await events.operations['PutEvents']?.(withTextDetails(input))),
			);
			if (!isObject(answer) || answer['FailedEntryCount'] === 0) return answer;
			return new ServiceFailure('EventBridge.FailedEntry', JSON.stringify(answer));
		},
	};
	return async ({ resource, input, signal }) => {
		try {
			const output = await calls[resource]?.(input, signal);
			if (output instanceof ServiceFailure) return { ok: false, error: output.error, cause: output.cause };
			return { ok: true, output: output ?? null };
		} catch (error) {
			const { name, message } = error instanceof Error ? error : new Error(String(error));
			return {
				ok: false,
				error: `${SERVICE_NAMES[resource.split(':', 1)[0] ?? ''] ?? resource}.${exceptionName(name)}`,
				cause: message,
			};
		}
	};
}

const SERVICE_NAMES: Readonly<Record<string, string>> = {
	lambda: 'Lambda',
	sns: 'SNS',
	sqs: 'SQS',
	events: 'EventBridge',
};

/** Step Functions names a service's exceptions as the SDK for Java does. */
function exceptionName(name: string): string {
	return name.endsWith('Exception') ? name : `${name}Exception`;
}

function withTextDetails(input: Json): Json {
	if (!isObject(input) || !Array.isArray(input['Entries'])) return input;
	return {
		...input,
		Entries: input['Entries'].map((entry) =>
			isObject(entry) ? { ...entry, Detail: textOf(entry['Detail'] ?? {}) } : entry,
		),
	};
}
