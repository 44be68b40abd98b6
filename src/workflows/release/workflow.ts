import * as Type from 'typebox';
import { defineWorkflow } from '../define-workflow.ts';
import { PARTNER_ERRORS } from '../partner-errors.ts';

const Environment = Type.Enum(['dev', 'staging', 'prod']);

/** At most as long as a package name in npm. */
const PackageId = Type.String({ minLength: 1, maxLength: 214 });

/** The `data` of a release. */
export const ReleaseInput = Type.Object(
	{
		story_id: Type.String({ pattern: '^[A-Z][A-Z0-9]{0,19}-[1-9][0-9]{0,9}$', examples: ['PROJ-123'] }),
		package_ids: Type.Array(PackageId, { minItems: 1, maxItems: 50 }),
		environment: Environment,
	},
	{
		additionalProperties: false,
		description: 'The story id is also the callback key under which the release is approved.',
	},
);

/** The contents of `result.json`. */
export const ReleaseOutcome = Type.Object({
	story_id: Type.String({ examples: ['PROJ-123'] }),
	environment: Environment,
	validation: Type.Object({
		validation_id: Type.String({ minLength: 1 }),
		valid: Type.Boolean(),
		problems: Type.Array(Type.Object({ package_id: PackageId, message: Type.String() })),
	}),
	deployment: Type.Object({
		deployment_id: Type.String({ minLength: 1 }),
		environment: Environment,
		deployed: Type.Array(PackageId),
	}),
	notification: Type.Object({ message_id: Type.String({ minLength: 1 }) }),
	approval: Type.Object({
		message: Type.String(),
		at: Type.String({ format: 'date-time' }),
		answered_by: Type.Optional(
			Type.Object(
				{
					principal: Type.String(),
					name: Type.Optional(Type.String()),
					via: Type.Optional(
						Type.String({ description: '`approval-page` or `slack`; absent for a callback token.' }),
					),
					address: Type.Optional(
						Type.String({ description: 'The IP address of the browser that sent the approval page.' }),
					),
				},
				{
					description:
						'The principal of the credential or of the approval link and, if one was named, the person.',
				},
			),
		),
	}),
});

/** The `result` of a release. A client reads presigned URLs, valid for 15 minutes. */
export const ReleaseResult = Type.Object(
	{
		...ReleaseOutcome.properties,
		result_url: Type.String({ description: 'The result as a file.' }),
		log_url: Type.String({ description: 'The log: one line per state with times, attempts and outcome.' }),
	},
	{ additionalProperties: false },
);

/** How long a release waits for its approval. The definition's TimeoutSeconds of AwaitApproval is the same. */
export const APPROVAL_SECONDS = 24 * 60 * 60;

const inBucket = (folder: string) => ({ 'Fn::Sub': `\${OutputBucket.Arn}/${folder}/*` });

/** The task type `release`. */
export const workflow = defineWorkflow({
	description:
		'Validates and deploys packages, notifies the stakeholders, and waits for a person to approve the release.',
	expectedSeconds: 30,
	input: ReleaseInput,
	result: ReleaseResult,
	resultFiles: ['result_url', 'log_url'],
	callback: { keyOf: ({ story_id }) => story_id, withinSeconds: APPROVAL_SECONDS },
	errors: {
		...PARTNER_ERRORS,
		PackagesInvalid: { description: 'A package must not be released.' },
		CallbackKeyInUse: { description: 'Another release of the story is waiting for its approval.' },
		CallbackAnsweredEarly: {
			description: 'Internal: the approval arrived before the release waited for it.',
		},
		CallbackLost: { description: 'The approval that arrived early can no longer be read.' },
		ApprovalRejected: { description: 'A person rejected the release. The message is theirs.' },
		ApprovalTimedOut: { description: 'No answer arrived within 24 hours.' },
		ReleaseFailed: { description: 'The release failed for an internal reason.' },
	},
	steps: {
		timeoutSeconds: 30,
		environment: {
			TASK_TABLE: { Ref: 'TaskTable' },
			TASK_RETENTION_SECONDS: '${param:taskRetentionSeconds}',
			OUTPUT_BUCKET: { Ref: 'OutputBucket' },
			VALIDATION_URL: '${file(src/deploy/serverless.cjs):partnerUrls.validation}',
			DEPLOYMENT_URL: '${file(src/deploy/serverless.cjs):partnerUrls.deployment}',
			NOTIFICATION_URL: '${file(src/deploy/serverless.cjs):partnerUrls.notification}',
			PARTNER_TOKENS_SECRET_ARN: { Ref: 'PartnerTokensSecret' },
			WEBHOOK_QUEUE_URL: { Ref: 'WebhookQueue' },
			API_URL: { 'Fn::GetAtt': ['HttpApi', 'ApiEndpoint'] },
			APPROVAL_SECRET_ARN: { Ref: 'ApprovalSecret' },
			SLACK_SECRET_ARN: { Ref: 'SlackWebhookSecret' },
		},
		permissions: [
			{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'PartnerTokensSecret' } },
			// The message in Slack that contains the approval link.
			{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'ApprovalSecret' } },
			{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'SlackWebhookSecret' } },
			{
				Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
				Resource: { 'Fn::GetAtt': ['TaskTable', 'Arn'] },
			},
			// Deliveries of `task.waiting`.
			{ Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': ['WebhookQueue', 'Arn'] } },
			{ Action: 's3:PutObject', Resource: [inBucket('outputs'), inBucket('logs')] },
			{
				Action: 'states:GetExecutionHistory',
				Resource: {
					'Fn::Sub':
						'arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${self:service}-${sls:stage}-release:*',
				},
			},
		],
	},
});
