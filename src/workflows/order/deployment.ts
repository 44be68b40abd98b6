import { defineDeployment } from '../define-deployment.ts';

export const deployment = defineDeployment({
	stepTimeoutSeconds: 30,
	environment: {
		INVENTORY_URL: '${file(src/deploy/serverless.cjs):partnerUrls.inventory}',
		PARTNER_TOKEN_SECRET_ARN: { Ref: 'PartnerTokenSecret' },
	},
	stepPermissions: [{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'PartnerTokenSecret' } }],
	statePermissions: [{ Action: 'sns:Publish', Resource: { Ref: 'NotificationTopic' } }],
	substitutions: { NotificationTopicArn: { Ref: 'NotificationTopic' } },
});
