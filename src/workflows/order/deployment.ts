import { defineDeployment } from '../define-deployment.ts';

export const deployment = defineDeployment({
	stepTimeoutSeconds: 20,
	environment: {
		INVENTORY_URL: '${file(src/deploy/serverless.cjs):partnerUrls.inventory}',
		PARTNER_TOKENS_SECRET_ARN: { Ref: 'PartnerTokensSecret' },
	},
	stepPermissions: [{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'PartnerTokensSecret' } }],
	statePermissions: [{ Action: 'sns:Publish', Resource: { Ref: 'NotificationTopic' } }],
	substitutions: { NotificationTopicArn: { Ref: 'NotificationTopic' } },
});
