import type { Permission } from '../workflows/define-workflow.ts';
import { LIVE } from './compiled-template.ts';
import { hasPartnerApis } from './partner-resources.ts';
import { functionPermissions, role, type WorkflowFolder } from './workflow-resources.ts';

const table = { 'Fn::GetAtt': ['TaskTable', 'Arn'] };
/** Objects with data and results above 200 KiB. */
const CLAIMS = { 'Fn::Sub': '${OutputBucket.Arn}/claims/*' };

/** Messages of new deliveries, and of their retries. */
const QUEUES_DELIVERIES = {
	Action: 'sqs:SendMessage',
	Resource: { 'Fn::GetAtt': ['WebhookQueue', 'Arn'] },
};

/** A start message for a later time goes to the queue directly, because SNS delays none. */
const SENDS_DELAYED_STARTS = {
	Action: 'sqs:SendMessage',
	Resource: { 'Fn::GetAtt': ['StartQueue', 'Arn'] },
};

const indexOf = (name: string) => ({ 'Fn::Sub': `\${TaskTable.Arn}/index/${name}` });

/** ARNs built from names: references would form a cycle of starter, state machines, aliases and the role of CodeDeploy. */
const states = (resource: string) => ({
	'Fn::Sub': `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:${resource}`,
});

/** The entries in the schedule group of the stage, which are named by the ids of their schedules. */
const SCHEDULE_ENTRIES = {
	'Fn::Sub': 'arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule/${ScheduleGroup}/*',
};

type NamedWorkflow = Pick<WorkflowFolder, 'name' | 'workflow'>;

/** The permissions of each function in addition to logs and traces. A function that is missing here gets no role. */
function permissions(
	prefix: string,
	stage: string,
	workflows: readonly NamedWorkflow[],
): Readonly<Record<string, readonly Permission[]>> {
	const machines = workflows.map(({ name }) => states(`stateMachine:${prefix}-${name}`));
	// Execution names begin with the task id.
	const executions = workflows.map(({ name }) => states(`execution:${prefix}-${name}:*`));
	return {
		api: [
			{
				Action: ['dynamodb:PutItem', 'dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:UpdateItem'],
				Resource: table,
			},
			{ Action: 'dynamodb:Query', Resource: indexOf('list') },
			{ Action: 'sns:Publish', Resource: { Ref: 'TaskTopic' } },
			SENDS_DELAYED_STARTS,
			{
				Action: [
					'states:StopExecution',
					'states:RedriveExecution',
					'states:GetExecutionHistory',
					'states:DescribeExecution',
				],
				Resource: executions,
			},
			{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'CursorSecret' } },
			{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'ApprovalSecret' } },
			{ Action: 's3:GetObject', Resource: { 'Fn::Sub': '${OutputBucket.Arn}/*' } },
			...(workflows.some(({ workflow }) => workflow.largeData === true)
				? [{ Action: 's3:PutObject', Resource: CLAIMS }]
				: []),
		],
		callbacks: [
			{ Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], Resource: table },
			{ Action: 'states:SendTaskSuccess', Resource: machines },
			{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'CallbackSecret' } },
			{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'ApprovalSecret' } },
		],
		webhooks: [
			{
				Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:Query'],
				Resource: table,
			},
			{ Action: 'dynamodb:Query', Resource: indexOf('list') },
			{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'CursorSecret' } },
			{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'WebhookSecret' } },
			QUEUES_DELIVERIES,
		],
		webhookSender: [
			...consumes('WebhookQueue'),
			{ Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'], Resource: table },
			{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'WebhookSecret' } },
			QUEUES_DELIVERIES,
		],
		schedules: [
			{
				Action: [
					'dynamodb:GetItem',
					'dynamodb:PutItem',
					'dynamodb:UpdateItem',
					'dynamodb:DeleteItem',
					'dynamodb:Query',
				],
				Resource: table,
			},
			{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'CursorSecret' } },
			{
				Action: ['scheduler:CreateSchedule', 'scheduler:UpdateSchedule', 'scheduler:DeleteSchedule'],
				Resource: SCHEDULE_ENTRIES,
			},
			{ Action: 'iam:PassRole', Resource: { 'Fn::GetAtt': ['SchedulerRole', 'Arn'] } },
		],
		scheduleRunner: [
			...consumes('ScheduleDeadLetterQueue'),
			// Lambda itself sends failed invocations there.
			{ Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': ['ScheduleDeadLetterQueue', 'Arn'] } },
			{ Action: ['dynamodb:GetItem', 'dynamodb:PutItem'], Resource: table },
			{ Action: 'sns:Publish', Resource: { Ref: 'TaskTopic' } },
			{ Action: 'scheduler:DeleteSchedule', Resource: SCHEDULE_ENTRIES },
		],
		docs: [],
		starter: [
			...consumes('StartQueue'),
			{ Action: 'states:StartExecution', Resource: machines },
			{ Action: ['states:DescribeExecution', 'states:StopExecution'], Resource: executions },
			{ Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:PutItem'], Resource: table },
		],
		reconciler: [
			{ Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:PutItem'], Resource: table },
			{ Action: 'dynamodb:Query', Resource: indexOf('open') },
			{ Action: 'sns:Publish', Resource: { Ref: 'TaskTopic' } },
			SENDS_DELAYED_STARTS,
			{ Action: ['states:DescribeExecution', 'states:StopExecution'], Resource: executions },
			QUEUES_DELIVERIES,
		],
		deadLetters: [
			...consumes('StartDeadLetterQueue'),
			...consumes('StatusDeadLetterQueue'),
			...consumes('WebhookDeadLetterQueue'),
			{ Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:PutItem'], Resource: table },
			{ Action: ['states:DescribeExecution', 'states:StopExecution'], Resource: executions },
			QUEUES_DELIVERIES,
		],
		listener: [
			...consumes('StatusQueue'),
			{ Action: ['dynamodb:UpdateItem', 'dynamodb:GetItem', 'dynamodb:PutItem'], Resource: table },
			{ Action: ['states:DescribeExecution', 'states:StopExecution'], Resource: executions },
			QUEUES_DELIVERIES,
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

/** The role of the `console` function, which only some stages have. */
export function consoleRole(service: string, stage: string): Record<string, object> {
	return roleOf(`${service}-${stage}`, 'console', []);
}

/** The role with which EventBridge Scheduler invokes the function of every schedule. */
export function schedulerRole(service: string, stage: string): Record<string, object> {
	const runner = `function:${service}-${stage}-scheduleRunner:${LIVE}`;
	return {
		SchedulerRole: role('scheduler.amazonaws.com', [
			{
				Action: 'lambda:InvokeFunction',
				Resource: { 'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:${runner}` },
			},
			{ Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': ['ScheduleDeadLetterQueue', 'Arn'] } },
		]),
	};
}

/** The role of each function in `src/lambda`. */
export function functionRoles(
	service: string,
	stage: string,
	workflows: readonly NamedWorkflow[],
): Record<string, object> {
	const prefix = `${service}-${stage}`;
	const roles = Object.entries(permissions(prefix, stage, workflows));
	return Object.assign({}, ...roles.map(([name, own]) => roleOf(prefix, name, own)));
}

function roleOf(prefix: string, name: string, own: readonly Permission[]): Record<string, object> {
	return {
		[`${name.slice(0, 1).toUpperCase()}${name.slice(1)}Role`]: role('lambda.amazonaws.com', [
			...functionPermissions(`/aws/lambda/${prefix}-${name}`),
			...own,
		]),
	};
}

function consumes(queue: string): Permission[] {
	return [
		{
			Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
			Resource: { 'Fn::GetAtt': [queue, 'Arn'] },
		},
	];
}
