import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';

/** A call that hangs must end well before the function that makes it does; the SDK's own default is never. */
export const CLIENT_SETTINGS = {
	maxAttempts: 3,
	// The chain of a command's middleware is put together once, not for each call. What ElectroDB sends is left out of
	// this, by the options that it passes, and has to be: lib-dynamodb's commands would each send the first one's input.
	cacheMiddleware: true,
	requestHandler: { connectionTimeout: 2000, requestTimeout: 4000, throwOnRequestTimeout: true },
} as const;

/** What the SDK does for each call and nobody here reads: debug lines for a logger that is not set, and who calls in how many words. */
const IDLE_MIDDLEWARE = ['loggerMiddleware', 'getUserAgentMiddleware'];

interface Client {
	readonly middlewareStack: { remove(name: string): boolean };
}

function withoutIdleMiddleware<Sdk extends Client>(client: Sdk): Sdk {
	for (const name of IDLE_MIDDLEWARE) client.middlewareStack.remove(name);
	return client;
}

export function createDynamoDbClient(): DynamoDBClient {
	const client = withoutIdleMiddleware(new DynamoDBClient(CLIENT_SETTINGS));
	// Lambda finds loops by what this hands on, through SNS and SQS; through a table it finds none.
	client.middlewareStack.remove('recursionDetectionMiddleware');
	return client;
}

export const createSecretsManagerClient = () =>
	withoutIdleMiddleware(new SecretsManagerClient(CLIENT_SETTINGS));
export const createSfnClient = () => withoutIdleMiddleware(new SFNClient(CLIENT_SETTINGS));
export const createSnsClient = () => withoutIdleMiddleware(new SNSClient(CLIENT_SETTINGS));
