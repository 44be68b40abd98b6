import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import type * as Sqs from '@aws-sdk/client-sqs';
import { CLIENT_SETTINGS, guardCalls } from './client-settings.ts';

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

/** Creates a function that loads the SQS client on first use, since few invocations send a message to a queue. */
export function createSqsLoader() {
	let loaded: Promise<{ readonly sqs: typeof Sqs; readonly client: Sqs.SQSClient }> | undefined;
	return () =>
		(loaded ??= import('@aws-sdk/client-sqs').then((sqs) => {
			const client = new sqs.SQSClient(CLIENT_SETTINGS);
			client.middlewareStack.use(guardCalls('SQS'));
			return { sqs, client };
		}));
}

/** Creates the SNS client of a function. */
export function createSnsClient(): SNSClient {
	const client = new SNSClient(CLIENT_SETTINGS);
	client.middlewareStack.use(guardCalls('SNS'));
	return client;
}
