import awsLambdaFastify from '@fastify/aws-lambda';
import type { Context } from 'aws-lambda';
import { createSecretsManagerClient } from '../aws/clients.ts';
import { withInvocation } from '../aws/invocation.ts';
import { createLog } from '../aws/log.ts';
import { createSecretReader } from '../aws/secret-reader.ts';
import { PartnerApisEnvironment, parseConfig } from '../config.ts';
import { createFakePartners } from '../partners/fake/app.ts';

const config = parseConfig(PartnerApisEnvironment);
const now = Date.now;

const app = createFakePartners({
	readTokens: createSecretReader(createSecretsManagerClient(), config.PARTNER_TOKENS_SECRET_ARN),
	now,
	log: createLog(),
});

const handleEvent = awsLambdaFastify<unknown>(app);

/** The Lambda handler of the fake partners. */
export const handler = withInvocation((event, context: Context) => handleEvent(event, context));

/** Started with the load, so that no request waits for it. */
export const ready = app.ready();
