import { defineDeployment } from '../define-deployment.ts';

export const deployment = defineDeployment({
	stepTimeoutSeconds: 20,
	environment: {
		NOTIFICATION_TOPIC_ARN: { Ref: 'NotificationTopic' },
		SLACK_SECRET_ARN: { Ref: 'SlackWebhookSecret' },
		GREETING_TRANSIENT_RATE: '0',
	},
	stepPermissions: [
		{ Action: 'sns:Publish', Resource: { Ref: 'NotificationTopic' } },
		{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'SlackWebhookSecret' } },
	],
	statePermissions: [],
	substitutions: {},
});
