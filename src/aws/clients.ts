import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import type { Pluggable } from '@smithy/types';
import { ServiceUnavailableError } from '../tasks/service-unavailable.ts';
import { beforeDeadline } from './invocation.ts';
import { classifyError } from './transient-errors.ts';

/**
 * All attempts of one call end within 9.3 s, backoff included, which is less than the shortest timeout of a function.
 * The SDK itself has no timeout by default. Several calls of one invocation share its deadline.
 */
export const CLIENT_SETTINGS = {
	maxAttempts: 3,
	requestHandler: { connectionTimeout: 2000, requestTimeout: 3000, throwOnRequestTimeout: true },
} as const satisfies S3ClientConfig;

/**
 * Plugs two rules into a client: no call outlives the invocation that makes it, and transient errors are thrown as
 * {@link ServiceUnavailableError}, after the SDK's own retries.
 */
export function guardCalls<Input extends object, Output extends object>(
	service: string,
): Pluggable<Input, Output> {
	const onDeadline = () =>
		new ServiceUnavailableError(service, { cause: new Error('The invocation is about to time out.') });
	return {
		applyToStack: (stack) =>
			stack.add(
				(next) => async (args) => {
					try {
						return await beforeDeadline(() => next(args), onDeadline);
					} catch (error) {
						throw classifyError(service, error);
					}
				},
				{ step: 'initialize', priority: 'high', name: 'guardCalls' },
			),
	};
}

/** Creates the DynamoDB client of a function. */
export function createDynamoDbClient(): DynamoDBClient {
	const client = new DynamoDBClient(CLIENT_SETTINGS);
	client.middlewareStack.use(guardCalls('DynamoDB'));
	return client;
}

/** Creates the Secrets Manager client of a function. */
export function createSecretsManagerClient(): SecretsManagerClient {
	const client = new SecretsManagerClient(CLIENT_SETTINGS);
	client.middlewareStack.use(guardCalls('Secrets Manager'));
	return client;
}

/** Creates the Step Functions client of a function. */
export function createSfnClient(): SFNClient {
	const client = new SFNClient(CLIENT_SETTINGS);
	client.middlewareStack.use(guardCalls('Step Functions'));
	return client;
}

/** Creates the SNS client of a function. */
export function createSnsClient(): SNSClient {
	const client = new SNSClient(CLIENT_SETTINGS);
	client.middlewareStack.use(guardCalls('SNS'));
	return client;
}
