import { resolve } from 'node:path';
import * as Type from 'typebox';
import { bundle } from '../deploy/bundle.ts';
import { loadWorkflows } from '../deploy/load-workflows.ts';
import { packageTemplate } from '../deploy/package.ts';
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
import { createConsolePages } from './console-pages.ts';
import { LOCAL_CALLBACK_SECRET, type LocalSettings } from './settings.ts';
import { createTaskLogs } from './task-logs.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** Well-known credentials, and no limit on the tasks of a principal. */
const LAPTOP = {
	partnerTokens: '{"current":"local-partner-token"}',
	callbackTokens: JSON.stringify({ [LOCAL_CALLBACK_SECRET]: 'local' }),
	tasksPerMinute: '0',
	eventsPerMinute: '0',
};

/** Deploy parameters of the local stage, by the setting `AUTH`. */
export const LOCAL_PARAMETERS: Readonly<Record<LocalSettings['auth'], Readonly<Record<string, string>>>> = {
	none: { auth: 'none', ...LAPTOP },
	jwt: {
		auth: 'jwt',
		jwtIssuer: 'https://issuer.local/',
		jwtAudience: 'task-api',
		scopePrefix: 'task-api/',
		...LAPTOP,
	},
};

/** A part of the start that takes a noticeable time. */
export type Phase = 'bundling' | 'packaging' | 'booting';

/**
 * Bundles, packages and starts the project on this machine. Calls `onPhase` when a part begins.
 * @throws if a definition is invalid, the build fails, or the stack cannot start.
 */
export async function startStack(
	settings: LocalSettings,
	log: Log,
	onPhase: (phase: Phase) => void = () => undefined,
): Promise<Stack> {
	await checkSurroundings(settings);
	onPhase('bundling');
	// Code caches speed up cold starts on Lambda, and take seconds to make.
	const bundled = bundle({ withCodeCaches: false });
	onPhase('packaging');
	const packaged = packageLocal(settings);
	// An invalid workflow is reported in one line instead of in serverless's output.
	await reportFirst(loadWorkflows(), [bundled, packaged]);
	await bundled;
	onPhase('booting');
	return boot(await packaged, settings, { log, clock: createSystemClock() });
}

/**
 * Starts the project from existing bundles.
 * @throws if the stack cannot start.
 */
export async function bootPackaged(
	settings: LocalSettings,
	dependencies: { readonly log: Log; readonly clock: Clock },
): Promise<Stack> {
	return boot(await packageLocal(settings), settings, dependencies);
}

/** Waits for the first promise, and leaves the errors of the others to those who await them later. */
async function reportFirst(first: Promise<unknown>, others: readonly Promise<unknown>[]): Promise<void> {
	for (const other of others) other.catch(() => undefined);
	await first;
}

function packageLocal({ auth }: LocalSettings): Promise<unknown> {
	return packageTemplate({ stage: 'local', parameters: LOCAL_PARAMETERS[auth] });
}

async function boot(
	template: unknown,
	settings: LocalSettings,
	{ log, clock }: { readonly log: Log; readonly clock: Clock },
): Promise<Stack> {
	const { auth, dataDir, port, awsPort } = settings;
	const logs = createTaskLogs(log, () => clock.now());
	const options = projectOptions(settings);
	try {
		return await startLocalAws({
			...options,
			routes: {
				...options.routes,
				'GET /_local/logs': (_body, query) => {
					const name = query.get('function');
					return { lines: name === null ? logs.linesOf(query.get('task_id') ?? '') : logs.linesFrom(name) };
				},
			},
			pages: createConsolePages(auth, log),
			...(dataDir === undefined ? {} : { dataDir: resolve(dataDir) }),
			...(awsPort === undefined ? {} : { awsPort }),
			port,
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
	return {
		projectDir: PROJECT,
		stackName: 'task-api-local',
		secrets: {
			CallbackSecret: LOCAL_CALLBACK_SECRET,
			SlackWebhookSecret: (url) => slackWebhookUrl ?? `${url.replace('localhost', '127.0.0.1')}/_local/slack`,
		},
		environment:
			tasksPerMinute === undefined ? {} : { ApiLambdaFunction: { TASKS_PER_MINUTE: String(tasksPerMinute) } },
		faults: {
			'greeting.transient': (rate) => ({
				GreetingStepsLambdaFunction: { GREETING_TRANSIENT_RATE: String(rate) },
			}),
		},
		routes: {
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
