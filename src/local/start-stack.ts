import { resolve } from 'node:path';
import * as Type from 'typebox';
import {
	type Clock,
	checkDataDir,
	checkPort,
	createSystemClock,
	DataDirError,
	type Log,
	PortUnavailableError,
	type Stack,
	type StackOptions,
	startStack as startLocalAws,
} from '../local-aws/index.ts';
import { parseValue } from '../parse.ts';
import { type BuildErrors, createBuildErrors } from './build-errors.ts';
import { buildProject, type Phase } from './build-project.ts';
import {
	LOCAL_APPROVAL_SECRET,
	LOCAL_CALLBACK_SECRET,
	LOCAL_WEBHOOK_SECRET,
	type LocalSettings,
} from './settings.ts';
import { createTaskLogs } from './task-logs.ts';
import { createWebhookReceiver } from './webhook-receiver.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** Options of {@link startStack}. */
export interface StartOptions {
	/** Called when a part begins. */
	readonly onPhase?: (phase: Phase) => void;
	/** The errors that the console shows; none by default, since only `npm run dev` builds again. */
	readonly buildErrors?: BuildErrors;
}

/**
 * Bundles, packages and starts the project on this machine.
 * @throws if a definition is invalid, the build fails, or the stack cannot start.
 */
export async function startStack(
	settings: LocalSettings,
	log: Log,
	{ onPhase = () => undefined, buildErrors = createBuildErrors() }: StartOptions = {},
): Promise<Stack> {
	await checkSurroundings(settings);
	const template = await buildProject(settings.auth, onPhase);
	onPhase('booting');
	return boot(template, settings, { log, buildErrors, clock: createSystemClock() });
}

/**
 * Starts the project with another log and clock. Builds nothing while no input has changed.
 * @throws like {@link startStack}, except for ports and the data folder.
 */
export async function bootPackaged(
	settings: LocalSettings,
	dependencies: { readonly log: Log; readonly clock: Clock } & Pick<StartOptions, 'buildErrors'>,
): Promise<Stack> {
	return boot(await buildProject(settings.auth), settings, {
		buildErrors: createBuildErrors(),
		...dependencies,
	});
}

async function boot(
	template: unknown,
	settings: LocalSettings,
	{
		log,
		clock,
		buildErrors,
	}: { readonly log: Log; readonly clock: Clock; readonly buildErrors: BuildErrors },
): Promise<Stack> {
	const { auth, dataDir, port, awsPort, isDebugged = false } = settings;
	const logs = createTaskLogs(log, () => clock.now());
	// Loads Fastify, which neither the checks nor the build need.
	const { createConsolePages } = await import('./console-pages.ts');
	const options = projectOptions(settings);
	try {
		return await startLocalAws({
			...options,
			routes: {
				...options.routes,
				'GET /_local/build': () => ({ errors: buildErrors.list() }),
				'GET /_local/logs': (_body, query) => {
					const name = query.get('function');
					return { lines: name === null ? logs.linesOf(query.get('task_id') ?? '') : logs.linesFrom(name) };
				},
			},
			pages: createConsolePages(auth, log),
			...(dataDir === undefined ? {} : { dataDir: resolve(dataDir) }),
			...(awsPort === undefined ? {} : { awsPort }),
			port,
			isDebugged,
			template,
			clock,
			log: logs.log,
		});
	} catch (error) {
		throw named(error);
	}
}

/**
 * Checks ports and data folder before the build, which takes seconds.
 * @throws with the name of the setting to change.
 */
async function checkSurroundings({ port, awsPort = 0, dataDir }: LocalSettings): Promise<void> {
	try {
		await checkPort(port, 'port');
		await checkPort(awsPort, 'awsPort');
		if (dataDir !== undefined) await checkDataDir(resolve(dataDir));
	} catch (error) {
		throw named(error);
	}
}

/** Names the environment variable that the error is about. */
function named(error: unknown): unknown {
	if (error instanceof DataDirError) return new Error(`DATA_DIR: ${error.message}`, { cause: error });
	if (!(error instanceof PortUnavailableError)) return error;
	const setting = error.option === 'port' ? 'PORT' : 'AWS_PORT';
	return new Error(`${error.message} Choose another with ${setting}.`, { cause: error });
}

/** The options of the local AWS that are specific to this project. */
export function projectOptions({
	slackWebhookUrl,
	tasksPerMinute,
}: Pick<LocalSettings, 'slackWebhookUrl' | 'tasksPerMinute'> = {}): Omit<StackOptions, 'template'> {
	const slack = createSlackReceiver();
	const webhooks = createWebhookReceiver();
	/** The receiver has the fault, so that no function knows of it. */
	const receiverFault = (fault: 'fail' | 'slow') => (rate: number) => {
		webhooks.setFault(fault, rate);
		return {};
	};
	return {
		projectDir: PROJECT,
		stackName: 'task-api-local',
		secrets: {
			ApprovalSecret: LOCAL_APPROVAL_SECRET,
			CallbackSecret: LOCAL_CALLBACK_SECRET,
			WebhookSecret: LOCAL_WEBHOOK_SECRET,
			SlackWebhookSecret: (url) => slackWebhookUrl ?? `${url.replace('localhost', '127.0.0.1')}/_local/slack`,
		},
		environment:
			tasksPerMinute === undefined ? {} : { ApiLambdaFunction: { TASKS_PER_MINUTE: String(tasksPerMinute) } },
		faults: {
			'greeting.transient': (rate) => ({
				GreetingStepsLambdaFunction: { GREETING_TRANSIENT_RATE: String(rate) },
			}),
			'webhook.fail': receiverFault('fail'),
			'webhook.slow': receiverFault('slow'),
		},
		routes: {
			...webhooks.routes,
			'GET /_local/slack': () => slack.messages(),
			'POST /_local/slack': (message) => slack.receive(message),
		},
	};
}

const SlackMessage = Type.Object({ text: Type.String(), blocks: Type.Optional(Type.Array(Type.Unknown())) });

/** Stands for Slack's incoming webhook on the laptop. */
interface SlackReceiver {
	/** Stores a message. @throws {@link UnexpectedShapeError} if it lacks `text`. */
	receive(message: unknown): void;
	/** The latest messages, newest last. */
	messages(): readonly Type.Static<typeof SlackMessage>[];
}

/** Bounds the memory that a load test uses. */
const MAX_MESSAGES = 1000;

function createSlackReceiver(): SlackReceiver {
	const messages: Type.Static<typeof SlackMessage>[] = [];
	return {
		receive(message) {
			messages.push(parseValue(SlackMessage, message, 'Slack message'));
			if (messages.length > MAX_MESSAGES) messages.shift();
		},
		messages: () => messages,
	};
}
