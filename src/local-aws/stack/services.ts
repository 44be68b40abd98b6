import { randomInt, randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { createDynamoDb } from '../dynamodb/dynamodb.ts';
import { startTtlSweeper } from '../dynamodb/ttl-sweeper.ts';
import { writeError } from '../endpoint/answer-operation.ts';
import { createEndpoint } from '../endpoint/endpoint.ts';
import { AwsError } from '../endpoint/service.ts';
import { createEventBridge, type EventBridge } from '../event-bridge/event-bridge.ts';
import { createFaultSwitches } from '../faults/fault-switches.ts';
import { createFaultyEvents } from '../faults/faulty-events.ts';
import { createFaultyLambda } from '../faults/faulty-lambda.ts';
import { createFaultyService } from '../faults/faulty-services.ts';
import { createGuard } from '../iam/guard.ts';
import { createIam } from '../iam/iam.ts';
import { createLambda } from '../lambda/lambda.ts';
import { createMeteredLambda } from '../lambda/metered-lambda.ts';
import { createQueuedLambda } from '../lambda/queued-lambda.ts';
import { createMessaging } from '../messaging/messaging.ts';
import { createScheduler } from '../scheduler/scheduler.ts';
import { createSecretsManager } from '../secrets-manager/secrets-manager.ts';
import { createParameterStore } from '../ssm/ssm.ts';
import { createStepFunctions, type StepFunctions } from '../step-functions/step-functions.ts';
import { createSts } from '../sts/sts.ts';
import { refusalOfWebPage } from '../web-page-requests.ts';
import { createAwsClients } from './aws-clients.ts';
import { createEventTargets } from './event-targets.ts';
import { listen } from './listen.ts';
import { createScheduleTargets } from './schedule-targets.ts';
import { createServiceCalls } from './service-calls.ts';
import type { StackOptions } from './stack-options.ts';

/** Region and account of every local resource. */
export const PLACE = { region: 'us-east-1', accountId: '000000000000' } as const;

/** The emulated services, connected to each other behind one endpoint. */
export type Services = Awaited<ReturnType<typeof openServices>>;

type ServiceOptions = StackOptions & Required<Pick<StackOptions, 'clock' | 'log'>>;

/**
 * Opens all services; `closing` closes them in reverse order.
 * @throws `PortUnavailableError`
 */
export async function openServices(options: ServiceOptions, closing: AsyncDisposableStack) {
	const { clock, dataDir, projectDir, log } = options;
	const fileIn = (name: string) => (dataDir === undefined ? '' : join(dataDir, name));
	const folderIn = (name: string) => (dataDir === undefined ? undefined : join(dataDir, name));
	const common = { ...PLACE, clock, newId: randomUUID, log };
	const faults = createFaultSwitches(Object.keys(options.faults ?? {}));
	const onError = (error: unknown) => log.error('local AWS', { error });

	// Queue URLs contain the endpoint's port, so it listens before the services exist.
	let handle: RequestListener = createEndpoint({ ...common, services: [] });
	const aws = await listen((request, response) => handle(request, response), options.awsPort ?? 0, 'awsPort');
	closing.defer(() => aws.close());
	const awsEndpoint = `http://127.0.0.1:${aws.port}`;

	const clients = closing.adopt(createAwsClients({ endpoint: awsEndpoint, region: PLACE.region }), (each) =>
		each.close(),
	);
	const messaging = closing.adopt(
		await createMessaging({ ...PLACE, awsEndpoint, dataDir: folderIn('messaging') }),
		(each) => each.close(),
	);
	const dynamodb = closing.adopt(
		createDynamoDb({
			path: folderIn('dynamodb'),
			isStale: () => faults.happens('dynamodb.stale-reads'),
			now: () => clock.now(),
		}),
		(each) => each.close(),
	);
	const secrets = closing.adopt(
		createSecretsManager({
			...common,
			randomInteger: (below) => randomInt(below),
			file: fileIn('secrets.db'),
		}),
		(each) => each.close(),
	);
	const parameters = closing.adopt(
		createParameterStore({ ...common, file: fileIn('parameters.db') }),
		(each) => each.close(),
	);
	const soundLambda = closing.adopt(
		createLambda({
			...common,
			projectDir,
			isDebugged: options.isDebugged ?? false,
			log: ({ functionName, text }) => log.info(text, { functionName }),
		}),
		(each) => each.close(),
	);
	const metered = createMeteredLambda(soundLambda, () => clock.now());
	const lambda = createFaultyLambda(metered.lambda, faults);
	const deliver = createEventTargets({
		clients,
		messaging,
		lambda,
		stepFunctions: () => stepFunctions.service,
	});
	const events: EventBridge = closing.adopt(createEventBridge({ ...common, deliver }), (each) =>
		each.close(),
	);
	const iam = createIam();
	const scheduler = closing.adopt(
		createScheduler({
			...common,
			deliver: createScheduleTargets({ iam, lambda, deliver }),
			file: fileIn('scheduler.db'),
		}),
		(each) => each.close(),
	);
	const stepFunctions: StepFunctions = closing.adopt(
		createStepFunctions({
			...common,
			random: Math.random,
			file: fileIn('step-functions.db'),
			call: createServiceCalls({
				...common,
				clients,
				messaging,
				lambda: createQueuedLambda(lambda),
				events,
			}),
			onStatusChange: createFaultyEvents((event) => events.publish(event), {
				faults,
				clock,
				random: Math.random,
			}),
			onFault: onError,
		}),
		(each) => each.close(),
	);
	closing.defer(
		startTtlSweeper({ client: clients.dynamodb, clock, timeToLive: dynamodb.timeToLive, onError }),
	);

	const behind = [
		dynamodb.service,
		lambda.service,
		stepFunctions.service,
		events,
		scheduler.service,
		secrets,
		parameters,
	];
	const sts = createSts({ ...common, isRole: (key) => iam.roles.has(key) });
	const services = [...messaging.services, ...behind, sts].map((service) =>
		createFaultyService(service, faults),
	);
	const guard = createGuard({ ...PLACE, iam, next: createEndpoint({ ...common, services }) });
	handle = (request, response) => {
		const refusal = refusalOfWebPage(request);
		if (refusal === undefined) return guard(request, response);
		writeError(response, 'application/json', new AwsError('AccessDenied', refusal, 403));
	};
	return {
		iam,
		awsEndpoint,
		projectDir,
		clients,
		messaging,
		dynamodb,
		secrets,
		parameters,
		lambda,
		metered,
		events,
		scheduler,
		stepFunctions,
		faults,
		onError,
	};
}
