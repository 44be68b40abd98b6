import * as Type from 'typebox';
import { parseValue } from '../parse.ts';

/** What answers callbacks on a laptop; everybody may know it. */
export const LOCAL_CALLBACK_SECRET = 'local-callback-secret';

/** How the stack on the laptop is to run. */
export interface LocalSettings {
	/** 0: any that is free. */
	readonly port: number;
	/** The port of the AWS endpoint; 0: any that is free. */
	readonly awsPort?: number;
	readonly auth: 'none' | 'jwt';
	/** Tasks accepted of one principal in a minute; absent: as many as come. */
	readonly tasksPerMinute?: number;
	/** Where everything is kept over a restart; absent: in memory. */
	readonly dataDir?: string;
	/** Where Slack messages go; absent: to the receiver of the stack. */
	readonly slackWebhookUrl?: string;
}

const Environment = Type.Object({
	PORT: Type.Optional(Type.String({ pattern: '^[0-9]{1,5}$' })),
	AWS_PORT: Type.Optional(Type.String({ pattern: '^[0-9]{1,5}$' })),
	AUTH: Type.Optional(Type.Enum(['none', 'jwt'])),
	TASKS_PER_MINUTE: Type.Optional(Type.String({ pattern: '^[0-9]{1,9}$' })),
	DATA_DIR: Type.Optional(Type.String({ minLength: 1 })),
	SLACK_WEBHOOK_URL: Type.Optional(Type.String({ pattern: '^https?://' })),
});

export const SETTINGS_HELP = `PORT                 4000; 0 takes any that is free
AWS_PORT             the port of the AWS endpoint; by default any that is free
AUTH                 none (everybody is the principal "local") or jwt (POST /_local/tokens gives a token)
TASKS_PER_MINUTE     how many tasks of one principal are accepted in a minute; by default as many as come
DATA_DIR             a folder that keeps everything over a restart; by default all is in memory
SLACK_WEBHOOK_URL    where Slack messages go; by default they are at GET /_local/slack`;

/** The settings in the environment. Throws where one is not what it may be, and names it. */
export function parseSettings(environment: Readonly<Record<string, string | undefined>>): LocalSettings {
	const { PORT, AWS_PORT, AUTH, TASKS_PER_MINUTE, DATA_DIR, SLACK_WEBHOOK_URL } = parseValue(
		Environment,
		environment,
		'environment: ',
	);
	return {
		port: Number(PORT ?? 4000),
		auth: AUTH ?? 'none',
		...(AWS_PORT === undefined ? {} : { awsPort: Number(AWS_PORT) }),
		...(TASKS_PER_MINUTE === undefined ? {} : { tasksPerMinute: Number(TASKS_PER_MINUTE) }),
		...(DATA_DIR === undefined ? {} : { dataDir: DATA_DIR }),
		...(SLACK_WEBHOOK_URL === undefined ? {} : { slackWebhookUrl: SLACK_WEBHOOK_URL }),
	};
}
