import { setTimeout as delay } from 'node:timers/promises';
import { LOCAL_CALLBACK_SECRET, type LocalSettings } from '../../local/settings.ts';
import type { Log } from '../../tasks/log.ts';
import type { Clock } from '../clock.ts';
import type { Iam } from '../iam/iam.ts';
import type { Invocations } from '../lambda/metered-lambda.ts';
import { type ResolvedTemplate, resolveTemplate } from '../template/resolve-template.ts';
import { listen } from './listen.ts';
import { openGateway } from './open-gateway.ts';
import { provision } from './provision.ts';
import { openServices, PLACE } from './services.ts';

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

/** What the functions of a stack have asked of AWS, and how often and how long each has run. */
export interface Usage {
	/** Calls by action, such as `dynamodb:PutItem`. */
	readonly actions: Readonly<Record<string, number>>;
	readonly functions: Readonly<Record<string, Invocations>>;
}

/** A stack that runs on this machine. */
export interface Stack {
	readonly url: string;
	readonly awsEndpoint: string;
	readonly region: string;
	readonly outputs: Readonly<Record<string, string>>;
	/** The functions' roles, and what they were asked for so far. */
	readonly iam: Pick<Iam, 'roles' | 'uses'>;
	/** What was done so far. */
	readonly usage: () => Usage;
	/** What was made, by kind, and what was not. */
	readonly summary: readonly (readonly [kind: string, names: readonly string[]])[];
	/** Puts new bundles in place of the old. */
	reload(): void;
	close(): Promise<void>;
}

/** How long invocations in flight may take to end; their messages come back if they do not. */
const LONGEST_FAREWELL_MS = 700;

/**
 * Boots the packaged template: every service first, then each resource in the order of its dependencies, then the gateway.
 * Where that fails, what was opened is closed again.
 */
export async function bootStack(options: StackOptions): Promise<Stack> {
	await using opened = new AsyncDisposableStack();
	const services = await openServices(options, opened);
	let handle: ReturnType<typeof openGateway> = (_request, response) => response.writeHead(503).end();
	const gateway = await listen((request, response) => handle(request, response), options.port, 'PORT');
	opened.defer(() => gateway.close());

	const { awsEndpoint, lambda, events, stepFunctions } = services;
	const url = `http://localhost:${gateway.port}`;
	const place = { ...PLACE, stackName: 'task-api-local', awsEndpoint, apiEndpoint: url, parameters: {} };
	const resolved = resolveTemplate(options.template, place);
	const slack = options.slackWebhookUrl ?? `http://127.0.0.1:${gateway.port}/_local/slack`;
	for (const resource of resolved.resources) {
		const running = await provision(resource, {
			...services,
			clock: options.clock,
			secretValues: { SlackWebhookSecret: slack, CallbackSecret: LOCAL_CALLBACK_SECRET },
		});
		if (running !== undefined)
			opened.defer(() =>
				Promise.race([running.close(), delay(LONGEST_FAREWELL_MS, undefined, { ref: false })]),
			);
	}
	handle = openGateway(resolved, services, options);
	events.start();
	stepFunctions.resume();

	const closing = opened.move();
	return {
		url,
		awsEndpoint,
		region: PLACE.region,
		outputs: resolved.outputs,
		iam: services.iam,
		usage: () => ({ actions: services.iam.counts(), functions: services.metered.invocations() }),
		summary: summaryOf(resolved),
		reload: () => lambda.reload(),
		close: () => closing.disposeAsync(),
	};
}

const KINDS: readonly (readonly [kind: string, type: string])[] = [
	['functions', 'AWS::Lambda::Function'],
	['machines', 'AWS::StepFunctions::StateMachine'],
	['queues', 'AWS::SQS::Queue'],
	['topics', 'AWS::SNS::Topic'],
	['tables', 'AWS::DynamoDB::Table'],
];

function summaryOf({ resources, unknown }: ResolvedTemplate): Stack['summary'] {
	const made = KINDS.map(([kind, type]) => {
		const names = resources.filter((resource) => resource.type === type).map(({ logicalId }) => logicalId);
		return [kind, names] as const;
	});
	const ignored = unknown.map(({ logicalId, type }) => `${logicalId} (${type})`);
	return [...made, ...(ignored.length === 0 ? [] : [['not made', ignored] as const])];
}
