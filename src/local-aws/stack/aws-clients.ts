import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { LOCAL_CREDENTIALS } from './local-credentials.ts';

/** Creates the SDK clients through which services call each other over HTTP. */
export function createAwsClients({
	endpoint,
	region,
}: {
	readonly endpoint: string;
	readonly region: string;
}) {
	const settings = { endpoint, region, credentials: LOCAL_CREDENTIALS };
	const dynamodb = new DynamoDBClient(settings);
	const sns = new SNSClient(settings);
	return {
		dynamodb,
		sns,
		close() {
			for (const client of [dynamodb, sns]) client.destroy();
		},
	};
}

/** The SDK clients of the local services. */
export type AwsClients = ReturnType<typeof createAwsClients>;
