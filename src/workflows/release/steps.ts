import { createCallbackStore } from '../../aws/callback-store.ts';
import { createDynamoDbClient, createSecretsManagerClient, createSfnClient } from '../../aws/clients.ts';
import { createHistoryReader } from '../../aws/executions.ts';
import { createLog } from '../../aws/log.ts';
import { createOutputBucket } from '../../aws/output-bucket.ts';
import { createSecretReader } from '../../aws/secret-reader.ts';
import { createTaskStore } from '../../aws/task-store.ts';
import { parseConfig, ReleaseEnvironment } from '../../config.ts';
import { createDeployment } from '../../partners/deployment.ts';
import { createNotification } from '../../partners/notification.ts';
import { createPartnerClient } from '../../partners/partner-client.ts';
import { createCurrentToken } from '../../partners/partner-tokens.ts';
import { createValidation } from '../../partners/validation.ts';
import { createCallbackAwaiter } from '../../tasks/callbacks.ts';
import { createStepsHandler } from '../define-step.ts';
import { createAwaitApproval } from './steps/await-approval.ts';
import { createDeployPackages } from './steps/deploy-packages.ts';
import { createNotifyStakeholders } from './steps/notify-stakeholders.ts';
import { createTakeEarlyAnswer } from './steps/take-early-answer.ts';
import { createValidatePackages } from './steps/validate-packages.ts';
import { createWriteFailure } from './steps/write-failure.ts';
import { createWriteResult } from './steps/write-result.ts';
import { createWriteFiles } from './write-files.ts';

/** Two requests, should the token have to be read again, end well before the function does. */
const PARTNER_TIMEOUT_MS = 10_000;

const config = parseConfig(ReleaseEnvironment);
const now = Date.now;
const dynamodb = createDynamoDbClient();
const token = createCurrentToken(
	createSecretReader(createSecretsManagerClient(), config.PARTNER_TOKENS_SECRET_ARN),
);
const partnerAt = (partner: string, baseUrl: string) =>
	createPartnerClient({ partner, baseUrl, token, timeoutMs: PARTNER_TIMEOUT_MS });
const validation = createValidation(partnerAt('validation', config.VALIDATION_URL));
const deployment = createDeployment(partnerAt('deployment', config.DEPLOYMENT_URL));
const notification = createNotification(partnerAt('notification', config.NOTIFICATION_URL));
const callbacks = createCallbackStore(dynamodb, config.TASK_TABLE);
const store = createTaskStore(dynamodb, {
	table: config.TASK_TABLE,
	retentionSeconds: Number(config.TASK_RETENTION_SECONDS),
	now,
});
const writeFiles = createWriteFiles({
	readHistory: createHistoryReader(createSfnClient()),
	putObject: createOutputBucket(config.OUTPUT_BUCKET).put,
});

export const handler = createStepsHandler(
	{
		ValidatePackages: createValidatePackages(validation),
		DeployPackages: createDeployPackages(deployment),
		NotifyStakeholders: createNotifyStakeholders(notification),
		AwaitApproval: createAwaitApproval({
			awaitCallback: createCallbackAwaiter({ callbacks, store, now }),
			now,
		}),
		TakeEarlyAnswer: createTakeEarlyAnswer({ findCallback: callbacks.find }),
		WriteResult: createWriteResult(writeFiles),
		WriteFailure: createWriteFailure(writeFiles),
	},
	createLog(),
);
