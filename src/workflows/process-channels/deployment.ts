import { defineDeployment } from '../define-deployment.ts';

export const deployment = defineDeployment({
	// One channel's work may take a quarter of an hour, as long as Lambda lets it.
	stepTimeoutSeconds: 900,
	environment: {
		NOTIFICATION_TOPIC_ARN: { Ref: 'NotificationTopic' },
		SLACK_SECRET_ARN: { Ref: 'SlackWebhookSecret' },
	},
	stepPermissions: [
		{ Action: 'sns:Publish', Resource: { Ref: 'NotificationTopic' } },
		{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'SlackWebhookSecret' } },
	],
	reportsProgress: true,
	statePermissions: [],
	substitutions: {},
});
