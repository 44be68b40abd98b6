import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { bundle } from '../deploy/bundle.ts';
import { readDefinitions } from '../deploy/load-workflows.ts';
import { packageTemplate } from '../deploy/package.ts';
import {
	type Clock,
	createSystemClock,
	type Log,
	PortUnavailableError,
	type Stack,
	type StackOptions,
	startStack as startLocalAws,
} from '../local-aws/index.ts';
import { LOCAL_CALLBACK_SECRET, type LocalSettings } from './settings.ts';
import { createSlackReceiver } from './slack-receiver.ts';

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

/**
 * Bundles, packages and starts the project on this machine.
 * @throws if a definition is invalid, the build fails, or the stack cannot start.
 */
export async function startStack(settings: LocalSettings, log: Log): Promise<Stack> {
	// Reports an invalid definition in one line instead of in serverless's output.
	readDefinitions();
	await bundle();
	return bootPackaged(settings, { log, clock: createSystemClock() });
}

/**
 * Starts the project from existing bundles.
 * @throws if the stack cannot start.
 */
export async function bootPackaged(
	settings: LocalSettings,
	{ log, clock }: { readonly log: Log; readonly clock: Clock },
): Promise<Stack> {
	const { auth, dataDir, port, awsPort } = settings;
	const template = await packageTemplate({ stage: 'local', parameters: LOCAL_PARAMETERS[auth] });
	if (dataDir !== undefined) await mkdir(dataDir, { recursive: true });
	try {
		return await startLocalAws({
			...projectOptions(settings),
			...(dataDir === undefined ? {} : { dataDir: resolve(dataDir) }),
			...(awsPort === undefined ? {} : { awsPort }),
			port,
			template,
			clock,
			log,
		});
	} catch (error) {
		if (!(error instanceof PortUnavailableError)) throw error;
		const setting = error.option === 'port' ? 'PORT' : 'AWS_PORT';
		throw new Error(`${error.message} Choose another with ${setting}.`, { cause: error });
	}
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
