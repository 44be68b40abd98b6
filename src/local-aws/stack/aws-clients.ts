import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';

/** What the local AWS takes as credentials: any, but every SDK wants some. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' } as const;

/** The SDK clients with which one service of the local AWS reaches another, over the wire as on AWS. */
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

export type AwsClients = ReturnType<typeof createAwsClients>;
