import awsLambdaFastify from '@fastify/aws-lambda';
import { createSecretsManagerClient } from '../aws/clients.ts';
import { createSecretVersionsReader } from '../aws/secret-versions.ts';
import { PartnerApisEnvironment, parseConfig } from '../config.ts';
import { createPartnerApp } from '../partner-apis/app.ts';

const config = parseConfig(PartnerApisEnvironment);

const app = createPartnerApp({
	prefix: '/partners',
	readTokens: createSecretVersionsReader(
		createSecretsManagerClient(),
		config.PARTNER_TOKEN_SECRET_ARN,
		Date.now,
	),
});

export const handler = awsLambdaFastify(app);

await app.ready();
