import awsLambdaFastify from '@fastify/aws-lambda';
import { createSecretsManagerClient } from '../aws/clients.ts';
import { createLog } from '../aws/log.ts';
import { createSecretReader } from '../aws/secret-reader.ts';
import { PartnerApisEnvironment, parseConfig } from '../config.ts';
import { createPartnerApis } from '../partners/fake/app.ts';

const config = parseConfig(PartnerApisEnvironment);
const now = Date.now;

const app = createPartnerApis({
	readTokens: createSecretReader(createSecretsManagerClient(), config.PARTNER_TOKENS_SECRET_ARN),
	now,
	log: createLog(),
});

export const handler = awsLambdaFastify(app);

/** Started with the load, so that no request waits for it. */
export const ready = app.ready();
