import { PublishCommand } from '@aws-sdk/client-sns';
import * as Type from 'typebox';
import type { Clock } from '../clock.ts';
import type { JsonService } from '../endpoint/service.ts';
import { isObject, type Json, type JsonObject, parseJsonText, textOf } from '../json.ts';
import type { Lambda } from '../lambda/lambda.ts';
import type { Messaging } from '../messaging/messaging.ts';
import { parseValue, UnexpectedShapeError } from '../parse.ts';
import type { ServiceAnswer, ServiceCall } from '../step-functions/run.ts';
import type { AwsClients } from './aws-clients.ts';

const AnyJson = Type.Unsafe<Json>({});
const InvokeInput = Type.Object({
	FunctionName: Type.String(),
	Qualifier: Type.Optional(Type.String()),
	InvocationType: Type.Optional(Type.Enum(['RequestResponse', 'Event'])),
	Payload: Type.Optional(AnyJson),
});
/** SNS and SQS accept strings; Step Functions sends other values as JSON. */
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

/** The services that Task states can call, and the sources of response metadata. */
export interface ServiceCallDependencies {
	readonly clients: Pick<AwsClients, 'sns'>;
	readonly messaging: Pick<Messaging, 'sendMessage'>;
	readonly lambda: Pick<Lambda, 'invoke'>;
	readonly events: JsonService;
	readonly clock: Pick<Clock, 'now'>;
	readonly newId: () => string;
}

type Call = (input: Json, signal: AbortSignal) => Promise<JsonObject | ServiceFailure>;

/** An error of a service, with the name that Step Functions gives it. */
class ServiceFailure {
	readonly error: string;
	readonly cause: string;

	constructor(error: string, cause: string) {
		this.error = error;
		this.cause = cause;
	}
}

/** Creates the function through which Task states call other services. */
export function createServiceCalls(
	dependencies: ServiceCallDependencies,
): (call: ServiceCall) => Promise<ServiceAnswer> {
	const { clients, messaging, lambda, events, clock, newId } = dependencies;
	const addMetadata = (result: JsonObject, headers: Readonly<Record<string, string>> = {}): JsonObject => ({
		...result,
		...createMetadata(newId(), clock.now(), headers),
	});

	const calls: Readonly<Record<string, Call>> = {
		async 'lambda:invoke'(input, signal) {
			const {
				FunctionName,
				Qualifier,
				InvocationType,
				Payload = {},
			} = parseValue(InvokeInput, input, 'Arguments');
			const name = Qualifier === undefined ? FunctionName : `${FunctionName}:${Qualifier}`;
			const ExecutedVersion = executedVersion(name);
			const headers = { 'X-Amz-Executed-Version': ExecutedVersion };
			if (InvocationType === 'Event') {
				lambda.invoke(name, JSON.stringify(Payload)).catch(() => undefined);
				return addMetadata({ ExecutedVersion, Payload: '', StatusCode: 202 }, headers);
			}
			const result = await lambda.invoke(name, JSON.stringify(Payload), signal);
			if (!result.ok) return functionError(result.payload);
			const output: Json = JSON.parse(result.payload);
			return addMetadata({ ExecutedVersion, Payload: output, StatusCode: 200 }, headers);
		},
		async 'sns:publish'(input) {
			const { Message, ...publish } = parseValue(PublishInput, input, 'Arguments');
			const { MessageId = '' } = await clients.sns.send(
				new PublishCommand({ ...publish, Message: textOf(Message) }),
			);
			return addMetadata({ MessageId });
		},
		async 'sqs:sendMessage'(input) {
			const { QueueUrl, MessageBody, ...send } = parseValue(SendMessageInput, input, 'Arguments');
			const { MessageId, MD5OfMessageBody } = messaging.sendMessage(QueueUrl, {
				...send,
				MessageBody: textOf(MessageBody),
			});
			return addMetadata({ MessageId, MD5OfMessageBody });
		},
		async 'events:putEvents'(input) {
			const answer: Json = JSON.parse(
				JSON.stringify(await events.operations['PutEvents']?.(withTextDetails(input))),
			);
			if (isObject(answer) && answer['FailedEntryCount'] === 0) return addMetadata(answer);
			return new ServiceFailure('EventBridge.FailedEntry', JSON.stringify(answer));
		},
	};

	return async ({ resource, input, signal }) => {
		const call = calls[resource];
		if (call === undefined) throw new Error(`Step Functions has no service call ${resource}.`);
		try {
			const output = await call(input, signal);
			if (output instanceof ServiceFailure) return { ok: false, error: output.error, cause: output.cause };
			return { ok: true, output };
		} catch (error) {
			return { ok: false, ...describeError(resource, input, error) };
		}
	};
}

/** A stack has one published version of each function, so an alias refers to version 1. */
function executedVersion(functionName: string): string {
	const parts = functionName.split(':');
	const qualifier = functionName.startsWith('arn:') ? parts[7] : parts[1];
	if (qualifier === undefined || qualifier === '$LATEST') return '$LATEST';
	return /^\d+$/.test(qualifier) ? qualifier : '1';
}

/** A function's error has the name of its `errorType`. */
function functionError(payload: string): ServiceFailure {
	const error = parseJsonText(payload);
	const errorType = isObject(error) ? error['errorType'] : undefined;
	if (typeof errorType === 'string' && errorType !== '') return new ServiceFailure(errorType, payload);
	return new ServiceFailure(
		'Lambda.Unknown',
		`The cause could not be determined because Lambda did not return an error type. Returned payload: ${payload}`,
	);
}

/** The metadata of the HTTP response that Step Functions adds to the result of a service call. */
function createMetadata(
	requestId: string,
	nowMs: number,
	more: Readonly<Record<string, string>>,
): JsonObject {
	const headers = {
		...more,
		Connection: 'keep-alive',
		'Content-Type': 'application/json',
		Date: new Date(nowMs).toUTCString(),
		'x-amzn-RequestId': requestId,
	};
	const lists: JsonObject = Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name, [value]]),
	);
	return {
		SdkHttpMetadata: {
			AllHttpHeaders: lists,
			HttpHeaders: headers,
			HttpStatusCode: 200,
		},
		SdkResponseMetadata: { RequestId: requestId },
	};
}

const SERVICE_NAMES: Readonly<Record<string, string>> = {
	lambda: 'Lambda',
	sns: 'SNS',
	sqs: 'SQS',
	events: 'EventBridge',
};

function describeError(resource: string, input: Json, error: unknown): { error: string; cause: string } {
	const { name, message } = error instanceof Error ? error : new Error(String(error));
	if (error instanceof UnexpectedShapeError) {
		const cause = `The Arguments '${JSON.stringify(input)}' could not be used to start the Task: [${message}]`;
		return { error: 'States.Runtime', cause };
	}
	const service = SERVICE_NAMES[resource.split(':', 1)[0] ?? ''] ?? resource;
	// Step Functions names exceptions like the SDK for Java.
	return { error: `${service}.${name.endsWith('Exception') ? name : `${name}Exception`}`, cause: message };
}

/** `Detail` is a string in EventBridge, and an object in the arguments of a Task state. */
function withTextDetails(input: Json): Json {
	if (!isObject(input) || !Array.isArray(input['Entries'])) return input;
	return {
		...input,
		Entries: input['Entries'].map((entry) =>
			isObject(entry) ? { ...entry, Detail: textOf(entry['Detail'] ?? {}) } : entry,
		),
	};
}
