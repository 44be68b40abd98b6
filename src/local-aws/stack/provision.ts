import { randomInt } from 'node:crypto';
import * as Type from 'typebox';
import type { Clock } from '../clock.ts';
import { createTable } from '../dynamodb/create-table.ts';
import { createFaultyQueue } from '../faults/faulty-queue.ts';
import { type Json, textOf } from '../json.ts';
import { type EventSourceMapping, startEventSourceMapping } from '../lambda/event-source-mapping.ts';
import { parseValue } from '../parse.ts';
import { GenerateSecretString, generateSecretString } from '../secrets-manager/generate-secret-string.ts';
import type { Resource } from '../template/resolve-template.ts';
import { LOCAL_CREDENTIALS } from './aws-clients.ts';
import { PLACE, type Services } from './services.ts';

/** What resources are made of. */
export interface Provisioning extends Services {
	readonly clock: Clock;
	/** Secrets whose value on this machine is not the template's, by logical id. */
	readonly secretValues: Readonly<Record<string, string>>;
}

/** What runs for a resource as long as the stack does. */
export type Running = Pick<EventSourceMapping, 'close'>;

type Provision = (resource: Resource, services: Provisioning) => Promise<Running | void> | Running | void;

const AnyJson = Type.Unsafe<Json>({});
const FunctionProperties = Type.Object({
	Handler: Type.String(),
	Timeout: Type.Integer(),
	MemorySize: Type.Integer(),
	Role: Type.Optional(Type.String()),
	Environment: Type.Optional(Type.Object({ Variables: Type.Record(Type.String(), Type.String()) })),
});
const MappingProperties = Type.Object({
	FunctionName: Type.String(),
	EventSourceArn: Type.String(),
	BatchSize: Type.Optional(Type.Integer()),
	MaximumBatchingWindowInSeconds: Type.Optional(Type.Integer()),
	FunctionResponseTypes: Type.Optional(Type.Array(Type.String())),
	ScalingConfig: Type.Optional(Type.Object({ MaximumConcurrency: Type.Integer() })),
});
const RuleProperties = Type.Object({
	EventPattern: Type.Optional(AnyJson),
	ScheduleExpression: Type.Optional(Type.String()),
	State: Type.Optional(Type.String()),
	Targets: Type.Optional(Type.Array(AnyJson)),
});
const MachineProperties = Type.Object({
	Definition: AnyJson,
	DefinitionSubstitutions: Type.Optional(Type.Record(Type.String(), Type.String())),
	RoleArn: Type.String(),
});
const SubscriptionProperties = Type.Object({
	TopicArn: Type.String(),
	Protocol: Type.Literal('sqs', { error: 'Only queues can subscribe on a laptop.' }),
	Endpoint: Type.String(),
	RawMessageDelivery: Type.Optional(Type.Boolean()),
	FilterPolicy: Type.Optional(AnyJson),
	RedrivePolicy: Type.Optional(AnyJson),
});
const ParameterProperties = Type.Object({
	Name: Type.String(),
	Value: Type.String(),
	Type: Type.Enum(['String', 'StringList']),
});
const SecretProperties = Type.Object({
	SecretString: Type.Optional(Type.String()),
	GenerateSecretString: Type.Optional(GenerateSecretString),
});

/**
 * How many batches of a mapping run at once, at most: here they share one thread, where AWS gives each its own sandbox.
 * More of them open more connections than that thread can serve in time.
 */
const BATCHES_AT_ONCE = 8;

/** How each type of resource is made here. */
const PROVISIONS: Readonly<Record<string, Provision>> = {
	'AWS::DynamoDB::Table': ({ ref, properties }, { clients }) =>
		createTable(clients.dynamodb, ref, properties),
	'AWS::S3::Bucket': ({ ref }, { messaging }) => messaging.createBucket(ref),
	'AWS::SNS::Topic': ({ attributes }, { messaging }) => messaging.createTopic(attributes['TopicName'] ?? ''),
	'AWS::SQS::Queue': ({ attributes, properties }, { messaging }) =>
		messaging.createQueue(attributes['QueueName'] ?? '', texts(properties)),
	'AWS::SNS::Subscription'({ logicalId, properties }, { messaging }) {
		const { TopicArn, Endpoint, ...attributes } = parseValue(SubscriptionProperties, properties, logicalId);
		messaging.subscribe({ topicArn: TopicArn, queueArn: Endpoint, attributes: texts(attributes) });
	},
	'AWS::IAM::Role': ({ ref, properties }, { iam }) => iam.define(ref, properties),
	'AWS::Lambda::Function': provisionFunction,
	'AWS::Lambda::EventSourceMapping': provisionMapping,
	async 'AWS::Events::Rule'({ ref, logicalId, properties }, { events }) {
		const { EventPattern, Targets, ...rule } = parseValue(RuleProperties, properties, logicalId);
		const pattern = EventPattern === undefined ? {} : { EventPattern: JSON.stringify(EventPattern) };
		await events.operations['PutRule']?.({ Name: ref, ...rule, ...pattern });
		if (Targets !== undefined) await events.operations['PutTargets']?.({ Rule: ref, Targets });
	},
	'AWS::StepFunctions::StateMachine': provisionMachine,
	'AWS::SSM::Parameter'({ logicalId, properties }, { parameters }) {
		parameters.put({ ...parseValue(ParameterProperties, properties, logicalId), Overwrite: true });
	},
	'AWS::SecretsManager::Secret': provisionSecret,
};

/** Makes a resource. The answer is what goes on running for it, or `undefined`; a type with no part here makes nothing. */
export async function provision(resource: Resource, services: Provisioning): Promise<Running | undefined> {
	try {
		return (await PROVISIONS[resource.type]?.(resource, services)) ?? undefined;
	} catch (cause) {
		throw new Error(
			`${resource.logicalId} (${resource.type}): ${cause instanceof Error ? cause.message : String(cause)}`,
			{ cause },
		);
	}
}

/** A value that was put at run time stays over a restart, as it stays over a deploy; one that this machine decides does not. */
async function provisionSecret(
	{ logicalId, ref, properties }: Resource,
	{ secrets, secretValues }: Provisioning,
): Promise<void> {
	const Name = ref.slice(ref.lastIndexOf(':') + 1);
	const own = secretValues[logicalId];
	if (secrets.arn(Name) === undefined) {
		const { SecretString, GenerateSecretString: generated } = parseValue(
			SecretProperties,
			properties,
			logicalId,
		);
		const value =
			generated === undefined
				? (SecretString ?? '')
				: generateSecretString(generated, (below) => randomInt(below));
		secrets.create({ Name, SecretString: own ?? value });
	} else if (own !== undefined && secrets.value(Name) !== own) {
		await secrets.operations['PutSecretValue']?.({ SecretId: Name, SecretString: own });
	}
}

/** Attributes of SNS and SQS are texts. */
function texts(properties: Readonly<Record<string, Json>>): Record<string, string> {
	const entries = Object.entries(properties).filter(
		([name]) => !['QueueName', 'TopicName', 'Protocol', 'Tags'].includes(name),
	);
	return Object.fromEntries(entries.map(([name, value]) => [name, textOf(value)]));
}

function provisionFunction(
	{ logicalId, ref, attributes, properties }: Resource,
	{ lambda, awsEndpoint }: Services,
): void {
	const { Handler, Timeout, MemorySize, Role, Environment } = parseValue(
		FunctionProperties,
		properties,
		logicalId,
	);
	const local = {
		AWS_ENDPOINT_URL: awsEndpoint,
		// The role's name: by it the local AWS knows what this function may do.
		AWS_ACCESS_KEY_ID: Role?.slice(Role.lastIndexOf('/') + 1) ?? LOCAL_CREDENTIALS.accessKeyId,
		AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
	};
	lambda.define({
		name: ref,
		arn: attributes['Arn'] ?? '',
		handler: Handler,
		timeoutMs: Timeout * 1000,
		memoryMb: MemorySize,
		environment: { ...Environment?.Variables, ...local },
	});
}

function provisionMapping(
	{ logicalId, properties }: Resource,
	{ messaging, lambda, faults, clock, onError }: Provisioning,
): Running {
	const {
		FunctionName,
		EventSourceArn,
		BatchSize = 10,
		MaximumBatchingWindowInSeconds = 0,
		FunctionResponseTypes = [],
		ScalingConfig,
	} = parseValue(MappingProperties, properties, logicalId);
	return startEventSourceMapping(
		{
			functionName: FunctionName,
			queueArn: EventSourceArn,
			region: PLACE.region,
			batchSize: BatchSize,
			batchWindowSeconds: MaximumBatchingWindowInSeconds,
			maximumConcurrency: Math.min(ScalingConfig?.MaximumConcurrency ?? BATCHES_AT_ONCE, BATCHES_AT_ONCE),
			reportBatchItemFailures: FunctionResponseTypes.includes('ReportBatchItemFailures'),
		},
		{
			queue: createFaultyQueue(messaging.queueClient(EventSourceArn), { faults, clock }),
			invoke: (functionName, payload) => lambda.invoke(functionName, payload),
			onError,
		},
	);
}

async function provisionMachine(
	{ logicalId, ref, attributes, properties }: Resource,
	{ stepFunctions }: Provisioning,
): Promise<void> {
	const {
		Definition,
		DefinitionSubstitutions = {},
		RoleArn,
	} = parseValue(MachineProperties, properties, logicalId);
	const definition = JSON.stringify(Definition).replaceAll(
		/\$\{([A-Za-z0-9_]+)\}/g,
		(whole, name: string) => DefinitionSubstitutions[name] ?? whole,
	);
	const { operations } = stepFunctions.service;
	try {
		await operations['CreateStateMachine']?.({ name: attributes['Name'], definition, roleArn: RoleArn });
	} catch (error) {
		if (!(error instanceof Error && error.name === 'StateMachineAlreadyExists')) throw error;
		await operations['UpdateStateMachine']?.({ stateMachineArn: ref, definition, roleArn: RoleArn });
	}
}
