import * as Type from 'typebox';
import * as Value from 'typebox/value';

/** A variable that is set and not empty. */
export const Text = Type.String({ minLength: 1 });
/** A non-negative integer of at most nine digits. */
export const Count = Type.String({ pattern: '^[0-9]{1,9}$' });
/** An HTTP URL without a trailing slash. */
export const Url = Type.String({ pattern: '^https?://.*[^/]$' });
/** A share from 0 to 1. */
export const Rate = Type.String({ pattern: '^(0|1|0?\\.[0-9]+)$' });

/** How the functions with authorized routes recognise callers. */
const Identity = {
	AUTH: Type.Enum(['jwt', 'none']),
	/** Names of claims, separated by commas. */
	SCOPE_CLAIMS: Text,
	SCOPE_PREFIX: Type.String(),
	READ_SCOPE: Text,
	WRITE_SCOPE: Text,
	WEBHOOK_SCOPE: Text,
	SCHEDULE_SCOPE: Text,
	PRINCIPAL_CLAIM: Text,
};

/** Whether webhooks may have `http` URLs and loopback addresses, as on a laptop. */
const WebhookAddresses = Type.Enum(['public', 'loopback']);

/** The environment of the `api` function. */
export const ApiEnvironment = Type.Object({
	TASK_TABLE: Text,
	TASK_TOPIC_ARN: Text,
	START_QUEUE_URL: Text,
	...Identity,
	SERVICE_VERSION: Text,
	TASK_RETENTION_SECONDS: Count,
	STATE_MACHINE_ARN_PREFIX: Text,
	CURSOR_SECRET_ARN: Text,
	APPROVAL_SECRET_ARN: Text,
	TASKS_PER_MINUTE: Count,
	EVENTS_PER_MINUTE: Count,
	OUTPUT_BUCKET: Text,
	WEBHOOK_ADDRESSES: WebhookAddresses,
});

/** The environment of the `starter` function. */
export const StarterEnvironment = Type.Object({
	TASK_TABLE: Text,
	TASK_RETENTION_SECONDS: Count,
	STATE_MACHINE_ARN_PREFIX: Text,
});

/** The environment of the `console` function. */
export const ConsoleEnvironment = Type.Object({ AUTH: Identity.AUTH });

/** The environment of the `callbacks` function. */
export const CallbacksEnvironment = Type.Object({
	TASK_TABLE: Text,
	TASK_RETENTION_SECONDS: Count,
	...Identity,
	CALLBACK_SECRET_ARN: Text,
	APPROVAL_SECRET_ARN: Text,
	FIXED_CALLBACK_TOKENS: Text,
	JIRA_SUCCESS_STATUSES: Text,
	JIRA_FAILURE_STATUSES: Text,
});

/** The environment of the `webhooks` function. */
export const WebhooksEnvironment = Type.Object({
	TASK_TABLE: Text,
	TASKS_PER_MINUTE: Count,
	...Identity,
	CURSOR_SECRET_ARN: Text,
	WEBHOOK_SECRET_ARN: Text,
	WEBHOOK_QUEUE_URL: Text,
	WEBHOOK_ADDRESSES: WebhookAddresses,
});

/** The environment of the `webhook-sender` function. */
export const WebhookSenderEnvironment = Type.Object({
	TASK_TABLE: Text,
	API_STAGE: Text,
	WEBHOOK_SECRET_ARN: Text,
	WEBHOOK_QUEUE_URL: Text,
	WEBHOOK_ADDRESSES: WebhookAddresses,
});

/** The environment of the `schedules` function. */
export const SchedulesEnvironment = Type.Object({
	TASK_TABLE: Text,
	...Identity,
	CURSOR_SECRET_ARN: Text,
	WEBHOOK_ADDRESSES: WebhookAddresses,
	SCHEDULE_GROUP: Text,
	SCHEDULE_RUNNER_ARN: Text,
	SCHEDULE_ROLE_ARN: Text,
	SCHEDULE_DEAD_LETTER_QUEUE_ARN: Text,
});

/** The environment of the `schedule-runner` function. */
export const ScheduleRunnerEnvironment = Type.Object({
	TASK_TABLE: Text,
	TASK_TOPIC_ARN: Text,
	TASK_RETENTION_SECONDS: Count,
	SCHEDULE_GROUP: Text,
});

/** The environment of the `listener` and `dead-letters` functions. */
export const ListenerEnvironment = Type.Object({
	TASK_TABLE: Text,
	TASK_RETENTION_SECONDS: Count,
	STATE_MACHINE_ARN_PREFIX: Text,
	WEBHOOK_QUEUE_URL: Text,
});

/** The environment of the `reconciler` function. */
export const ReconcilerEnvironment = Type.Object({
	...ListenerEnvironment.properties,
	TASK_TOPIC_ARN: Text,
	START_QUEUE_URL: Text,
	API_STAGE: Text,
	START_DEADLINE_SECONDS: Count,
});

/** The environment of the fake partners. */
export const PartnerApisEnvironment = Type.Object({ PARTNER_TOKENS_SECRET_ARN: Text });

/** The environment of `npm run token`. Pipelines pass an undefined optional variable as an empty one. */
export const TokenEnvironment = Type.Object({
	TOKEN_URL: Url,
	TOKEN_CLIENT_ID: Text,
	TOKEN_CLIENT_SECRET: Text,
	TOKEN_SCOPE: Type.Optional(Type.String()),
	TOKEN_AUDIENCE: Type.Optional(Type.String()),
});

/** The environment of `npm run doctor`, in addition to the SDK's own variables. */
export const DoctorEnvironment = Type.Object({ TASK_API_TOKEN: Type.Optional(Text) });

/** The environment is incomplete or invalid. The message names the variables, never their values. */
export class ConfigError extends Error {
	override readonly name = 'ConfigError';
	readonly code = 'config';
}

/**
 * Parses the environment of the process.
 * @throws ConfigError that names every missing or invalid variable.
 */
export function parseConfig<Schema extends Type.TSchema>(
	schema: Schema,
	environment: Readonly<Record<string, string | undefined>> = process.env,
): Type.Static<Schema> {
	if (Value.Check(schema, environment)) return environment;
	const wrong = Value.Errors(schema, environment).map(
		({ instancePath, message }) => `${instancePath.slice(1)} ${message}`,
	);
	throw new ConfigError(`environment: ${wrong.join('; ')}`);
}
