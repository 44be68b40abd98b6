import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, createSystemClock } from '../clock.ts';
import { createGateway } from '../gateway/gateway.ts';
import { createLocalIssuer } from '../gateway/local-issuer.ts';
import { createLocalRoutes } from '../gateway/local-routes.ts';
import { createPages } from '../gateway/pages.ts';
import { type Log, SILENT } from '../log.ts';
import { type ResolvedTemplate, type Resource, resolveTemplate } from '../template/resolve-template.ts';
import { apiSettings } from './api-settings.ts';
import { checkDataDir } from './data-dir.ts';
import { listen } from './listen.ts';
import { provision } from './provision.ts';
import { openServices, PLACE, type Services } from './services.ts';
import type { FunctionEnvironments, Stack, StackOptions } from './stack-options.ts';
import { removeResource, updateResources } from './update-stack.ts';

/** How long `close` waits for invocations in flight; their messages return to the queue afterwards. */
const CLOSE_GRACE_MS = 700;

/**
 * Starts a stack: opens the services, creates the template's resources in dependency order, then opens the HTTP API.
 * @throws if the template is invalid, a resource cannot be created, or a port is in use. Everything opened is closed again.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
	const { clock = createSystemClock(), log = SILENT, secrets = {}, stackName = 'local' } = options;
	if (options.dataDir !== undefined) await checkDataDir(options.dataDir);
	await using opened = new AsyncDisposableStack();
	const services = await openServices({ ...options, clock, log }, opened);
	let handle: RequestListener = (_request, response) => response.writeHead(503).end();
	const gateway = await listen((request, response) => handle(request, response), options.port ?? 0, 'port');
	opened.defer(() => gateway.close());

	const { awsEndpoint, lambda, events, scheduler, stepFunctions, iam, metered, messaging } = services;
	const url = `http://localhost:${gateway.port}`;
	const place = { ...PLACE, stackName, awsEndpoint, apiEndpoint: url };
	const resolve = (template: unknown) =>
		resolveTemplate(template, { ...place, parameters: options.parameters ?? {} });
	let resolved = resolve(options.template);
	const secretValues = Object.fromEntries(
		Object.entries(secrets).map(([name, value]) => [name, typeof value === 'string' ? value : value(url)]),
	);
	const create = async (resource: Resource, closing: AsyncDisposableStack) => {
		const running = await provision(resource, { ...services, clock, secretValues });
		if (running !== undefined)
			closing.defer(() => Promise.race([running.close(), delay(CLOSE_GRACE_MS, undefined, { ref: false })]));
	};
	for (const resource of resolved.resources) await create(resource, opened);
	const configure = createConfigurator(() => resolved, services, options);
	configure();
	handle = openGateway(resolved, services, { ...options, clock, log });
	events.start();
	scheduler.start();
	stepFunctions.resume();

	const closing = opened.move();
	return {
		url,
		awsEndpoint,
		region: PLACE.region,
		get outputs() {
			return resolved.outputs;
		},
		spy: {
			actions: () => iam.counts(),
			invocations: () => metered.invocations(),
			roles: iam.roles,
			uses: () => iam.uses(),
			messages: () => messaging.messages(),
		},
		get summary() {
			return summaryOf(resolved);
		},
		reload: (handlers) => lambda.reload(handlers),
		async update(template) {
			const next = resolve(template);
			const update = await updateResources(resolved, next, {
				provision: (resource) => create(resource, closing),
				remove: (resource) => removeResource(resource, services),
			});
			const isSameApi = isDeepStrictEqual(apiSettings(resolved, PLACE), apiSettings(next, PLACE));
			// A failed resource is compared with its former properties at the next update.
			const failed = new Set(update.failed.map(({ logicalId }) => logicalId));
			const kept = resolved.resources.filter(({ logicalId }) => failed.has(logicalId));
			resolved = {
				...next,
				resources: [...next.resources.filter(({ logicalId }) => !failed.has(logicalId)), ...kept],
			};
			configure();
			if (!isSameApi) handle = openGateway(resolved, services, { ...options, clock, log });
			return update;
		},
		close: () => closing.disposeAsync(),
	};
}

/** Returns a function that adds the options' variables, and those of the current faults, to the functions' environments. */
function createConfigurator(
	resolved: () => ResolvedTemplate,
	{ lambda, faults }: Services,
	{ environment = {}, faults: switches = {} }: StackOptions,
): () => void {
	const configure = (environments: FunctionEnvironments) => {
		for (const { logicalId, ref } of resolved().resources) {
			const variables = environments[logicalId];
			if (variables !== undefined) lambda.configure(ref, variables);
		}
	};
	let rates: Readonly<Record<string, number>> = {};
	faults.onChange((changed) => {
		rates = changed;
		for (const [name, environmentsFor] of Object.entries(switches))
			configure(environmentsFor(rates[name] ?? 0));
	});
	return () => {
		configure(environment);
		for (const [name, environmentsFor] of Object.entries(switches))
			if (rates[name] !== undefined) configure(environmentsFor(rates[name]));
	};
}

/** Opens the template's HTTP API and the `/_local/` routes beside it. */
function openGateway(
	resolved: ResolvedTemplate,
	{ awsEndpoint, lambda, metered, messaging, faults }: Services,
	{ clock, log, routes = {}, pages = {} }: GatewayOptions,
): RequestListener {
	const settings = apiSettings(resolved, PLACE);
	const jwt = settings.routes.find(({ authorizer }) => authorizer !== undefined)?.authorizer;
	const common = { clock, newId: randomUUID, log };
	const issuer = createLocalIssuer({
		...common,
		issuer: jwt?.issuer ?? 'https://issuer.local/',
		audience: jwt?.audience[0] ?? 'local',
	});
	return createGateway(settings, {
		...common,
		invoke: (functionName, payload, signal) => lambda.invoke(functionName, payload, signal),
		keys: () => issuer.jwks(),
		local: firstOf(
			createLocalRoutes({
				issuer,
				faults,
				stack: () => ({ aws_endpoint: awsEndpoint, region: PLACE.region, outputs: resolved.outputs }),
				routes: {
					'GET /_local/queues': () => ({ queues: messaging.queueDepths() }),
					'GET /_local/functions': () => ({ functions: metered.functions() }),
					...routes,
				},
			}),
			createPages(pages),
		),
	});
}

type Answers = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Lets the first listener that answers a request answer it. */
function firstOf(...listeners: readonly Answers[]): Answers {
	return (request, response) => listeners.some((answers) => answers(request, response));
}

interface GatewayOptions extends StackOptions {
	readonly clock: Clock;
	readonly log: Log;
}

/** The kinds of resources that the summary lists. */
const KINDS: readonly (readonly [kind: string, type: string])[] = [
	['functions', 'AWS::Lambda::Function'],
	['machines', 'AWS::StepFunctions::StateMachine'],
	['queues', 'AWS::SQS::Queue'],
	['topics', 'AWS::SNS::Topic'],
	['tables', 'AWS::DynamoDB::Table'],
];

function summaryOf({ resources, unknown }: ResolvedTemplate): Stack['summary'] {
	const created = KINDS.map(([kind, type]) => {
		const names = resources.filter((resource) => resource.type === type).map(({ logicalId }) => logicalId);
		return [kind, names] as const;
	}).filter(([, names]) => names.length > 0);
	const unsupported = unknown.map(({ logicalId, type }) => `${logicalId} (${type})`);
	return [...created, ...(unsupported.length === 0 ? [] : [['unsupported', unsupported] as const])];
}
