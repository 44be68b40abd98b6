/** Callback credential of the principal `local`; public, for the laptop only. */
export const LOCAL_CALLBACK_SECRET = 'local-callback-secret';

/** Master key of the signing secrets of webhooks; public, for the laptop only. */
export const LOCAL_WEBHOOK_SECRET = 'local-webhook-secret';

/** Key of approval links; public, for the laptop only. It stays the same over a restart, and so do the links. */
export const LOCAL_APPROVAL_SECRET = 'local-approval-secret';

/** Settings of the stack on the laptop. */
export interface LocalSettings {
	/** Port of the API; 0 picks a free one. */
	readonly port: number;
	/** Port of the AWS endpoint; 0 or absent picks a free one. */
	readonly awsPort?: number;
	readonly auth: 'none' | 'jwt';
	/** Accepted tasks per principal and minute; absent: unlimited. */
	readonly tasksPerMinute?: number;
	/** Folder that keeps all data across restarts; absent: in memory. */
	readonly dataDir?: string;
	/** Destination of Slack messages; absent: the stack's own receiver. */
	readonly slackWebhookUrl?: string;
	/** Form of the log lines; absent: text on a terminal, JSON otherwise. */
	readonly logFormat?: 'text' | 'json';
	/** Port of the debugger; absent: Node's own, 9229. */
	readonly inspectPort?: number;
	/** Whether a debugger may stop functions for longer than their timeout. */
	readonly isDebugged?: boolean;
}

const DEFAULT_PORT = 4000;
const MAX_PORT = 65_535;
const MAX_TASKS_PER_MINUTE = 999_999_999;

/** Help text for the environment variables. */
export const SETTINGS_HELP = `PORT                 port of the API; default ${DEFAULT_PORT}, 0 picks a free one
AWS_PORT             port of the AWS endpoint; default: a free one
AUTH                 none (every caller is the principal "local"; default) or jwt (POST /_local/tokens issues tokens)
TASKS_PER_MINUTE     accepted tasks per principal and minute; default: unlimited
DATA_DIR             folder that keeps all data across restarts; default: in memory
SLACK_WEBHOOK_URL    destination of Slack messages; default: GET /_local/slack shows them
INSPECT_PORT         port of the debugger with --inspect; default 9229, 0 picks a free one
LOG_FORMAT           text or json; default: text on a terminal, JSON in a pipe or file`;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings from the environment. An empty variable counts as absent.
 * @throws with the name, the allowed values and the given value of an invalid variable.
 */
export function parseSettings(environment: Environment): LocalSettings {
	const awsPort = integer(environment, 'AWS_PORT', MAX_PORT);
	const inspectPort = integer(environment, 'INSPECT_PORT', MAX_PORT);
	const tasksPerMinute = integer(environment, 'TASKS_PER_MINUTE', MAX_TASKS_PER_MINUTE);
	const { DATA_DIR: dataDir = '', SLACK_WEBHOOK_URL: slackWebhookUrl = '' } = environment;
	if (slackWebhookUrl !== '' && !/^https?:\/\/[^/]/.test(slackWebhookUrl))
		throw new Error(`SLACK_WEBHOOK_URL must be an http or https URL, got "${slackWebhookUrl}".`);
	const logFormat = choice(environment, 'LOG_FORMAT', ['text', 'json']);
	return {
		port: integer(environment, 'PORT', MAX_PORT) ?? DEFAULT_PORT,
		auth: choice(environment, 'AUTH', ['none', 'jwt']) ?? 'none',
		...(awsPort === undefined ? {} : { awsPort }),
		...(tasksPerMinute === undefined ? {} : { tasksPerMinute }),
		...(dataDir === '' ? {} : { dataDir }),
		...(slackWebhookUrl === '' ? {} : { slackWebhookUrl }),
		...(inspectPort === undefined ? {} : { inspectPort }),
		...(logFormat === undefined ? {} : { logFormat }),
	};
}

function integer(environment: Environment, name: string, maximum: number): number | undefined {
	const text = environment[name] ?? '';
	if (text === '') return undefined;
	if (/^[0-9]{1,9}$/.test(text) && Number(text) <= maximum) return Number(text);
	throw new Error(`${name} must be between 0 and ${maximum}, got "${text}".`);
}

function choice<Value extends string>(
	environment: Environment,
	name: string,
	values: readonly Value[],
): Value | undefined {
	const text = environment[name] ?? '';
	if (text === '') return undefined;
	const chosen = values.find((value) => value === text);
	if (chosen !== undefined) return chosen;
	throw new Error(`${name} must be ${values.join(' or ')}, got "${text}".`);
}
