import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';

/** A call that hangs must end well before the function that makes it does; the SDK's own default is never. */
const SETTINGS = {
	maxAttempts: 3,
	requestHandler: { connectionTimeout: 1000, requestTimeout: 4000, throwOnRequestTimeout: true },
} as const;

export const createDynamoDbClient = () => new DynamoDBClient(SETTINGS);
export const createSecretsManagerClient = () => new SecretsManagerClient(SETTINGS);
export const createSfnClient = () => new SFNClient(SETTINGS);
export const createSnsClient = () => new SNSClient(SETTINGS);
