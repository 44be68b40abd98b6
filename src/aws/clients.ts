import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';

/** A call that hangs must end well before the function that makes it does; the SDK's own default is never. */
export const CLIENT_SETTINGS = {
	maxAttempts: 3,
	requestHandler: { connectionTimeout: 2000, requestTimeout: 4000, throwOnRequestTimeout: true },
} as const;

export const createDynamoDbClient = () => new DynamoDBClient(CLIENT_SETTINGS);
export const createSecretsManagerClient = () => new SecretsManagerClient(CLIENT_SETTINGS);
export const createSfnClient = () => new SFNClient(CLIENT_SETTINGS);
export const createSnsClient = () => new SNSClient(CLIENT_SETTINGS);
