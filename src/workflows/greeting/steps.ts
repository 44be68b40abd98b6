import { createSecretsManagerClient, createSnsClient } from '../../aws/clients.ts';
import { createLog } from '../../aws/log.ts';
import { createPublisher } from '../../aws/publishers.ts';
import { createSecretReader } from '../../aws/secret-reader.ts';
import { GreetingEnvironment, parseConfig } from '../../config.ts';
import { createSlack } from '../../partners/slack.ts';
import { createStepsHandler } from '../define-step.ts';
import { createNotify } from './notify.ts';
import { createNotifyFailure } from './steps/notify-failure.ts';
import { createNotifySuccess } from './steps/notify-success.ts';
import { createProcess } from './steps/process.ts';
import { validate } from './steps/validate.ts';

const config = parseConfig(GreetingEnvironment);
const slack = createSlack({
	webhookUrl: createSecretReader(createSecretsManagerClient(), config.SLACK_SECRET_ARN),
	now: Date.now,
});
const notify = createNotify({
	publish: createPublisher(createSnsClient(), config.NOTIFICATION_TOPIC_ARN),
	postToSlack: (text) => slack({ text }),
});

export const handler = createStepsHandler(
	{
		Validate: validate,
		Process: createProcess({ transientRate: Number(config.GREETING_TRANSIENT_RATE), random: Math.random }),
		NotifySuccess: createNotifySuccess(notify),
		NotifyFailure: createNotifyFailure(notify),
	},
	createLog(),
);
