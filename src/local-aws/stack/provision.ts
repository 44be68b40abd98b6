import { randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as Type from 'typebox';
import type { Clock } from '../clock.ts';
import { createTable } from '../dynamodb/create-table.ts';
import { createFaultyQueue } from '../faults/faulty-queue.ts';
import { type Json, textOf } from '../json.ts';
import { type EventSourceMapping, startEventSourceMapping } from '../lambda/event-source-mapping.ts';
import { parseValue } from '../parse.ts';
import { GenerateSecretString, generateSecretString } from '../secrets-manager/generate-secret-string.ts';
import type { Resource } from '../template/resolve-template.ts';
import { LOCAL_CREDENTIALS } from './local-credentials.ts';
import { PLACE, type Services } from './services.ts';

/** The services and values that resources are created from. */
export interface Provisioning extends Services {
	readonly clock: Clock;
	/** Secret values that replace the template's, by logical ID. */
	readonly secretValues: Readonly<Record<string, string>>;
}

/** A resource that needs to be closed with the stack. */
export type Running = Pick<EventSourceMapping, 'close'>;

type Provision = (
	resource: Resource,
	services: Provisioning,
) => Promise<Running | undefined | void> | Running | undefined | void;

const AnyJson = Type.Unsafe<Json>({});
const FunctionProperties = Type.Object({
	Handler: Type.String(),
	Runtime: Type.Optional(Type.String({ pattern: '^nodejs', error: 'must be a nodejs runtime' })),
	Code: Type.Optional(Type.Object({ ZipFile: Type.Optional(Type.String()) })),
	Timeout: Type.Optional(Type.Integer()),
	MemorySize: Type.Optional(Type.Integer()),
	Role: Type.Optional(Type.String()),
	Environment: Type.Optional(Type.Object({ Variables: Type.Record(Type.String(), Type.String()) })),
});
const AliasProperties = Type.Object({ FunctionName: Type.String(), Name: Type.String() });
const MappingProperties = Type.Object({
	FunctionName: Type.String(),
	EventSourceArn: Type.String(),
	Enabled: Type.Optional(Type.Boolean()),
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
	Definition: Type.Optional(AnyJson),
	DefinitionString: Type.Optional(Type.String()),
	DefinitionSubstitutions: Type.Optional(Type.Record(Type.String(), Type.String())),
	RoleArn: Type.String(),
});
const SubscriptionProperties = Type.Object({
	TopicArn: Type.String(),
	Protocol: Type.Literal('sqs', { error: 'must be sqs: only queues can subscribe here' }),
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

/** Upper limit for concurrent batches of a mapping: they share one thread here, while AWS gives each its own sandbox. */
const MAX_CONCURRENT_BATCHES = 8;

/** Creates a resource, by its type. */
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
	'AWS::IAM::Policy': ({ logicalId, properties }, { iam }) => iam.attach(logicalId, properties),
	'AWS::IAM::ManagedPolicy': ({ logicalId, properties }, { iam }) => iam.attach(logicalId, properties),
	'AWS::Lambda::Function': provisionFunction,
	'AWS::Lambda::Alias'({ logicalId, properties }, { lambda }) {
		const { FunctionName, Name } = parseValue(AliasProperties, properties, logicalId);
		lambda.addAlias(FunctionName, Name);
	},
	'AWS::Lambda::EventSourceMapping': provisionMapping,
	async 'AWS::Events::Rule'({ ref, logicalId, properties }, { events }) {
		const { EventPattern, Targets, ...rule } = parseValue(RuleProperties, properties, logicalId);
		const pattern = EventPattern === undefined ? {} : { EventPattern: JSON.stringify(EventPattern) };
		await events.operations['PutRule']?.({ Name: ref, ...rule, ...pattern });
		if (Targets !== undefined) await events.operations['PutTargets']?.({ Rule: ref, Targets });
	},
	'AWS::Scheduler::ScheduleGroup': ({ ref }, { scheduler }) => scheduler.putGroup(ref),
	'AWS::Scheduler::Schedule': ({ ref, properties }, { scheduler }) =>
		scheduler.putSchedule({ ...properties, Name: ref }),
	'AWS::StepFunctions::StateMachine': provisionMachine,
	'AWS::SSM::Parameter'({ logicalId, properties }, { parameters }) {
		parameters.put({ ...parseValue(ParameterProperties, properties, logicalId), Overwrite: true });
	},
	'AWS::SecretsManager::Secret': provisionSecret,
};

/** Whether resources of a type have an effect here. */
export function isProvisioned(type: string): boolean {
	return Object.hasOwn(PROVISIONS, type);
}

/**
 * Creates a resource; types without an entry create nothing. Returns the running part, if there is one.
 * @throws with the logical ID and the type.
 */
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

/** A value that was put at run time survives a restart, as it survives a deploy; a value of `secretValues` replaces it. */
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

/** SNS and SQS take attributes as text. */
function texts(properties: Readonly<Record<string, Json>>): Record<string, string> {
	const entries = Object.entries(properties).filter(
		([name]) => !['QueueName', 'TopicName', 'Protocol', 'Tags'].includes(name),
	);
	return Object.fromEntries(entries.map(([name, value]) => [name, textOf(value)]));
}

async function provisionFunction(
	{ logicalId, ref, attributes, properties, metadata }: Resource,
	{ lambda, awsEndpoint, projectDir }: Services,
): Promise<Running | undefined> {
	const { Handler, Code, Timeout, MemorySize, Role, Environment } = parseValue(
		FunctionProperties,
		properties,
		logicalId,
	);
	const inline = Code?.ZipFile === undefined ? undefined : await writeInlineCode(Code.ZipFile);
	// The CDK writes the path of the code into the metadata, relative to the template.
	const asset = metadata['aws:asset:path'];
	const codeDir = inline ?? (typeof asset === 'string' ? resolve(projectDir, asset) : projectDir);
	const local = {
		AWS_ENDPOINT_URL: awsEndpoint,
		// The access key is the role's name, by which the local IAM finds the function's permissions.
		AWS_ACCESS_KEY_ID: Role?.slice(Role.lastIndexOf('/') + 1) ?? LOCAL_CREDENTIALS.accessKeyId,
		AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
	};
	lambda.define({
		name: ref,
		arn: attributes['Arn'] ?? '',
		handler: Handler,
		...(Role === undefined ? {} : { role: Role }),
		codeDir,
		timeoutMs: (Timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
		memoryMb: MemorySize ?? DEFAULT_MEMORY_MB,
		environment: { ...Environment?.Variables, ...local },
	});
	if (inline === undefined) return undefined;
	return { close: () => rm(inline, { recursive: true, force: true }) };
}

/** Lambda's own defaults. */
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MB = 128;

/** Writes the code of a function that is part of the template. Lambda names its file `index`. */
async function writeInlineCode(source: string): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'local-aws-'));
	const isModule = /^\s*(import|export)\s/m.test(source);
	await writeFile(join(folder, isModule ? 'index.mjs' : 'index.cjs'), source);
	return folder;
}

function provisionMapping(
	{ logicalId, properties }: Resource,
	{ messaging, lambda, faults, clock, onError }: Provisioning,
): Running | undefined {
	const {
		FunctionName,
		EventSourceArn,
		BatchSize = 10,
		MaximumBatchingWindowInSeconds = 0,
		FunctionResponseTypes = [],
		ScalingConfig,
		Enabled = true,
	} = parseValue(MappingProperties, properties, logicalId);
	if (!Enabled) return undefined;
	return startEventSourceMapping(
		{
			functionName: FunctionName,
			queueArn: EventSourceArn,
			region: PLACE.region,
			batchSize: BatchSize,
			batchWindowSeconds: MaximumBatchingWindowInSeconds,
			maximumConcurrency: Math.min(
				ScalingConfig?.MaximumConcurrency ?? MAX_CONCURRENT_BATCHES,
				MAX_CONCURRENT_BATCHES,
			),
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
		DefinitionString,
		DefinitionSubstitutions = {},
		RoleArn,
	} = parseValue(MachineProperties, properties, logicalId);
	const definition = (DefinitionString ?? JSON.stringify(Definition) ?? '').replaceAll(
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
