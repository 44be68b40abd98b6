import { defineDeployment } from '../define-deployment.ts';

const inBucket = (folder: string) => ({ 'Fn::Sub': `\${OutputBucket.Arn}/${folder}/*` });

export const deployment = defineDeployment({
	stepTimeoutSeconds: 30,
	environment: {
		TASK_TABLE: { Ref: 'TaskTable' },
		TASK_RETENTION_SECONDS: '${param:taskRetentionSeconds}',
		OUTPUT_BUCKET: { Ref: 'OutputBucket' },
		VALIDATION_URL: '${file(src/deploy/serverless.cjs):partnerUrls.validation}',
		DEPLOYMENT_URL: '${file(src/deploy/serverless.cjs):partnerUrls.deployment}',
		NOTIFICATION_URL: '${file(src/deploy/serverless.cjs):partnerUrls.notification}',
		PARTNER_TOKENS_SECRET_ARN: { Ref: 'PartnerTokensSecret' },
	},
	stepPermissions: [
		{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'PartnerTokensSecret' } },
		{
			Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
			Resource: { 'Fn::GetAtt': ['TaskTable', 'Arn'] },
		},
		{ Action: 's3:PutObject', Resource: [inBucket('outputs'), inBucket('logs')] },
		{
			Action: 'states:GetExecutionHistory',
			Resource: {
				'Fn::Sub':
					'arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${self:service}-${sls:stage}-release:*',
			},
		},
	],
	statePermissions: [],
	substitutions: {},
});
