import { randomInt, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Log } from '../../tasks/log.ts';
import type { Clock } from '../clock.ts';
import { createDynamoDb } from '../dynamodb/dynamodb.ts';
import { startTtlSweeper } from '../dynamodb/ttl-sweeper.ts';
import { createEndpoint } from '../endpoint/endpoint.ts';
import { createEventBridge } from '../event-bridge/event-bridge.ts';
import { createFaultSwitches } from '../fault-switches.ts';
import { createGateway } from '../gateway/gateway.ts';
import { createLocalIssuer } from '../gateway/local-issuer.ts';
import { createLocalRoutes } from '../gateway/local-routes.ts';
import { createLambda, type Lambda } from '../lambda/lambda.ts';
import { createMessaging } from '../messaging/messaging.ts';
import { createSecretsManager } from '../secrets-manager/secrets-manager.ts';
import type { LocalSettings } from '../settings.ts';
import { createSlackReceiver } from '../slack-receiver.ts';
import { createParameterStore } from '../ssm/ssm.ts';
import { createStepFunctions } from '../step-functions/step-functions.ts';
import { type ResolvedTemplate, resolveTemplate } from '../template/resolve-template.ts';
import { apiSettings } from './api-settings.ts';
import { createAwsClients } from './aws-clients.ts';
import { createEventTargets } from './event-targets.ts';
import { listen } from './listen.ts';
import { provision, type Running } from './provision.ts';
import { createServiceCalls } from './service-calls.ts';

export interface StackOptions extends LocalSettings {
	/** The packaged CloudFormation template. */
	readonly template: unknown;
	/** What the functions' handlers are resolved against. */
	readonly projectDir: string;
	readonly clock: Clock;
	/** The issuer of the tokens that the gateway takes. */
	readonly issuer: string;
	readonly audience: string;
	/** What the functions and the services have to say. */
	readonly log: Log;
}

/** A stack that runs on this machine. */
export interface Stack {
	readonly url: string;
	readonly awsEndpoint: string;
	readonly region: string;
	readonly outputs: Readonly<Record<string, string>>;
	/** What was made, by kind, and what was not. */
	readonly summary: readonly (readonly [kind: string, names: readonly string[]])[];
	/** Puts new bundles in place of the old. */
	reload(): void;
	close(): Promise<void>;
}

const REGION = 'us-east-1';
const ACCOUNT_ID = '000000000000';
const STACK_NAME = 'task-api-local';

/** Boots the packaged template: every service first, then each resource in the order of its dependencies, then the gateway. */
export async function bootStack(options: StackOptions): Promise<Stack> {
	const { clock, dataDir, projectDir, log } = options;
	const fileIn = (name: string) => (dataDir === undefined ? '' : join(dataDir, name));
	const place = { region: REGION, accountId: ACCOUNT_ID };
	const common = { ...place, clock, newId: randomUUID, log };
	const onError = (error: unknown) => log.error('local AWS', { error });

	const lambda = createLambda({
		...common,
		projectDir,
		log: ({ functionName, text }) => log.info(text, { functionName }),
	});
	// The endpoint's port is in the queues' URLs, so it listens before there is anything behind it.
	let handle = createEndpoint({ ...common, services: [] });
	const aws = await listen((request, response) => handle(request, response), options.awsPort ?? 0);
	const awsEndpoint = `http://127.0.0.1:${aws.port}`;
	const clients = createAwsClients({ endpoint: awsEndpoint, region: REGION });
	const messaging = await createMessaging({
		...place,
		awsEndpoint,
		...(dataDir === undefined ? {} : { dataDir: join(dataDir, 'messaging') }),
	});
	const dynamodb = createDynamoDb(dataDir === undefined ? {} : { path: join(dataDir, 'dynamodb') });
	const secrets = createSecretsManager({
		...common,
		randomInteger: (below) => randomInt(below),
		file: fileIn('secrets.db'),
	});
	const parameters = createParameterStore({ ...common, file: fileIn('parameters.db') });
	const events = createEventBridge({
		...common,
		deliver: createEventTargets({ clients, lambda, awsEndpoint }),
	});
	const stepFunctions = createStepFunctions({
		...common,
		random: Math.random,
		file: fileIn('step-functions.db'),
		call: createServiceCalls({ clients, lambda, events }),
		onStatusChange: (event) => events.publish(event),
		onFault: onError,
	});
	handle = createEndpoint({
		...common,
		services: [
			...messaging.services,
			dynamodb.service,
			lambda.service,
			stepFunctions.service,
			events,
			secrets,
			parameters,
		],
	});

	let gatewayHandle: ReturnType<typeof createGateway> = (_request, response) => response.writeHead(503).end();
	const gateway = await listen((request, response) => gatewayHandle(request, response), options.port).catch(
		async (error: unknown) => {
			await Promise.all([aws.close(), lambda.close()]);
			throw error;
		},
	);
	const url = `http://localhost:${gateway.port}`;
	const resolved = resolveTemplate(options.template, {
		...place,
		stackName: STACK_NAME,
		awsEndpoint,
		apiEndpoint: url,
		parameters: {},
	});
	const services = {
		awsEndpoint,
		region: REGION,
		clients,
		lambda,
		messaging,
		stepFunctions: stepFunctions.service,
		events,
		secrets,
		parameters,
		secretValues: {
			SlackWebhookSecret: options.slackWebhookUrl ?? `http://127.0.0.1:${gateway.port}/_local/slack`,
		},
		onError,
	};
	const running: Running[] = [];
	for (const resource of resolved.resources) {
		const started = await provision(resource, services);
		if (started !== undefined) running.push(started);
	}

	const issuer = createLocalIssuer({ ...common, issuer: options.issuer, audience: options.audience });
	const slack = createSlackReceiver();
	const local = createLocalRoutes({
		issuer,
		slack,
		faults: createFaultSwitches((rates) => setFaults(lambda, rates['greeting.transient'])),
		stack: () => ({ aws_endpoint: awsEndpoint, region: REGION, outputs: resolved.outputs }),
	});
	gatewayHandle = createGateway(apiSettings(resolved, place), {
		...common,
		invoke: (functionName, payload, signal) => lambda.invoke(functionName, payload, signal),
		keys: async () => issuer.jwks(),
		local,
	});
	const stopSweeper = startTtlSweeper({
		client: clients.dynamodb,
		clock,
		timeToLive: dynamodb.timeToLive,
		onError,
	});
	events.start();
	stepFunctions.resume();

	return {
		url,
		awsEndpoint,
		region: REGION,
		outputs: resolved.outputs,
		summary: summaryOf(resolved),
		reload: () => lambda.reload(),
		async close() {
			await gateway.close();
			stopSweeper();
			events.close();
			const mappings = Promise.all(running.map((each) => each.close()));
			await Promise.race([
				mappings,
				new Promise((resolve) => setTimeout(resolve, LONGEST_FAREWELL_MS).unref()),
			]);
			await stepFunctions.close();
			await lambda.close();
			clients.close();
			await aws.close();
			await messaging.close();
			await dynamodb.close();
			secrets.close();
			parameters.close();
		},
	};
}

/** How long invocations in flight may take to end; their messages come back if they do not. */
const LONGEST_FAREWELL_MS = 700;

function setFaults(lambda: Lambda, greetingTransient: number): void {
	lambda.configure(`${STACK_NAME}-greetingSteps`, { GREETING_TRANSIENT_RATE: String(greetingTransient) });
}

const KINDS: readonly (readonly [kind: string, type: string])[] = [
	['functions', 'AWS::Lambda::Function'],
	['machines', 'AWS::StepFunctions::StateMachine'],
	['queues', 'AWS::SQS::Queue'],
	['topics', 'AWS::SNS::Topic'],
	['tables', 'AWS::DynamoDB::Table'],
];

function summaryOf({ resources, unknown }: ResolvedTemplate): Stack['summary'] {
	const made = KINDS.map(
		([kind, type]) =>
			[
				kind,
				resources.filter((resource) => resource.type === type).map(({ logicalId }) => logicalId),
			] as const,
	);
	const ignored = unknown.map(({ logicalId, type }) => `${logicalId} (${type})`);
	return [...made, ...(ignored.length === 0 ? [] : [['not made', ignored] as const])];
}
