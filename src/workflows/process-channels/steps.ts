import { createDynamoDbClient, createSecretsManagerClient, createSnsClient } from '../../aws/clients.ts';
import { createLog } from '../../aws/log.ts';
import { createProgressReporter } from '../../aws/progress-reporter.ts';
import { createPublisher } from '../../aws/publishers.ts';
import { createSecretReader } from '../../aws/secret-reader.ts';
import { ProcessChannelsEnvironment, parseConfig } from '../../config.ts';
import { createSlack } from '../../partners/slack.ts';
import { createStepsHandler } from '../define-step.ts';
import { createNotifySlack } from './steps/notify-slack.ts';
import { createProcessChannel } from './steps/process-channel.ts';

const config = parseConfig(ProcessChannelsEnvironment);
const now = Date.now;

export const handler = createStepsHandler(
	{
		ProcessChannel: createProcessChannel({
			publish: createPublisher(createSnsClient(), config.NOTIFICATION_TOPIC_ARN),
		}),
		NotifySlack: createNotifySlack({
			postToSlack: createSlack({
				webhookUrl: createSecretReader(createSecretsManagerClient(), config.SLACK_SECRET_ARN),
				now,
			}),
		}),
	},
	createLog(),
	{ progressReporter: createProgressReporter(createDynamoDbClient(), config.TASK_TABLE, now) },
);
