import { createCallbackStore } from '../../aws/callback-store.ts';
import { createDynamoDbClient, createSecretsManagerClient, createSfnClient } from '../../aws/clients.ts';
import { createHistoryReader } from '../../aws/execution-history.ts';
import { createLog } from '../../aws/log.ts';
import { createOutputBucket } from '../../aws/output-bucket.ts';
import { createSecretReader } from '../../aws/secret-reader.ts';
import { createTaskStore } from '../../aws/task-store.ts';
import { parseConfig, ReleaseEnvironment } from '../../config.ts';
import { operationOf } from '../../partners/call-operation.ts';
import { deployPackages, notifyStakeholders, validatePackages } from '../../partners/contracts.ts';
import { createPartnerClient } from '../../partners/partner-client.ts';
import { createCallbackAwaiter } from '../../tasks/await-callback.ts';
import { createStepsHandler } from '../define-step.ts';
import { createPartnerStep } from './partner-step.ts';
import { createAwaitApproval } from './steps/await-approval.ts';
import { createTakeEarlyAnswer } from './steps/take-early-answer.ts';
import { createWriteFailure } from './steps/write-failure.ts';
import { createWriteResult } from './steps/write-result.ts';
import { createWriteFiles } from './write-files.ts';

const config = parseConfig(ReleaseEnvironment);
const now = Date.now;
const dynamodb = createDynamoDbClient();
const token = createSecretReader(createSecretsManagerClient(), config.PARTNER_TOKEN_SECRET_ARN, now);
const validation = createPartnerClient({ name: 'The validation', baseUrl: config.VALIDATION_URL, token });
const deployment = createPartnerClient({ name: 'The deployment', baseUrl: config.DEPLOYMENT_URL, token });
const notification = createPartnerClient({
	name: 'The notification',
	baseUrl: config.NOTIFICATION_URL,
	token,
});
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
		ValidatePackages: createPartnerStep('ValidatePackages', operationOf(validation, validatePackages)),
		DeployPackages: createPartnerStep('DeployPackages', operationOf(deployment, deployPackages)),
		NotifyStakeholders: createPartnerStep(
			'NotifyStakeholders',
			operationOf(notification, notifyStakeholders),
		),
		AwaitApproval: createAwaitApproval({
			awaitCallback: createCallbackAwaiter({ callbacks, store, now }),
			now,
		}),
		TakeEarlyAnswer: createTakeEarlyAnswer({ findCallback: (key) => callbacks.find(key) }),
		WriteResult: createWriteResult(writeFiles),
		WriteFailure: createWriteFailure(writeFiles),
	},
	createLog(),
);
