import type { Permission } from '../workflows/define-deployment.ts';
import { hasPartnerApis } from './partner-resources.ts';
import { functionPermissions, role } from './workflow-resources.ts';

const table = { 'Fn::GetAtt': ['TaskTable', 'Arn'] };
const anyStateMachine = (resource: 'stateMachine' | 'execution', prefix: string) => ({
	'Fn::Sub': `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:${resource}:${prefix}-*`,
});

/** What each function may do besides its logs and traces; a function that is not here gets no role. */
function permissions(prefix: string, stage: string): Readonly<Record<string, readonly Permission[]>> {
	const executions = anyStateMachine('execution', prefix);
	return {
		api: [
			{ Action: ['dynamodb:PutItem', 'dynamodb:GetItem'], Resource: table },
			{ Action: 'sns:Publish', Resource: { Ref: 'TaskTopic' } },
		],
		starter: [
			...consumes('StartQueue'),
			{ Action: 'states:StartExecution', Resource: anyStateMachine('stateMachine', prefix) },
			{ Action: 'states:DescribeExecution', Resource: executions },
		],
		listener: [
			...consumes('StatusQueue'),
			{ Action: 'dynamodb:UpdateItem', Resource: table },
			{ Action: 'states:DescribeExecution', Resource: executions },
		],
		...(hasPartnerApis(stage)
			? {
					partnerApis: [
						{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'PartnerTokensSecret' } },
					],
				}
			: {}),
	};
}

/** The role of each function in `src/lambda`. */
export function functionRoles(service: string, stage: string): Record<string, object> {
	const prefix = `${service}-${stage}`;
	return Object.fromEntries(
		Object.entries(permissions(prefix, stage)).map(([name, own]) => [
			`${name.slice(0, 1).toUpperCase()}${name.slice(1)}Role`,
			role('lambda.amazonaws.com', [...functionPermissions(`/aws/lambda/${prefix}-${name}`), ...own]),
		]),
	);
}

function consumes(queue: string): Permission[] {
	return [
		{
			Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
			Resource: { 'Fn::GetAtt': [queue, 'Arn'] },
		},
	];
}
