import type { Permission, TemplateValue, Workflow } from '../workflows/define-workflow.ts';
import { type CompiledResource, liveAliasId } from './compiled-template.ts';

/** A workflow as its folder describes it. */
export interface WorkflowFolder {
	readonly name: string;
	readonly workflow: Workflow;
	/** The state machine in the Amazon States Language, as it is deployed. */
	readonly definition: object;
}

/** The settings of a stage that the resources of workflows depend on. */
export interface StageSettings {
	readonly service: string;
	readonly stage: string;
	readonly logRetentionDays: number;
	/** Whether the logs of the state machines may contain inputs and outputs. */
	readonly logExecutionData: boolean;
}

type Resources = Record<string, object>;

/** Returns the steps function of each workflow, in the form of `functions:` in serverless.yml. */
export function workflowFunctions(workflows: readonly WorkflowFolder[]): Record<string, object> {
	return Object.fromEntries(
		workflows.map(({ name, workflow: { steps, largeData = false } }) => [
			stepsFunction(name),
			{
				handler: `.build/${name}-steps/index.handler`,
				package: { patterns: [`.build/${name}-steps/**`] },
				role: `${pascalCase(name)}StepsRole`,
				timeout: steps.timeoutSeconds,
				environment: {
					...steps.environment,
					...(steps.reportsProgress === true ? PROGRESS.environment : {}),
					...(largeData ? LARGE_DATA.environment : {}),
				},
			},
		]),
	);
}

/** Returns the state machine, the roles and the log group of each workflow. */
export function workflowResources(workflows: readonly WorkflowFolder[], settings: StageSettings): Resources {
	return Object.assign({}, ...workflows.map((workflow) => resourcesOf(workflow, settings)));
}

/** Returns the ARNs of all state machines, for the rule that matches their status events. */
export function stateMachineArns(workflows: readonly WorkflowFolder[]): TemplateValue[] {
	return workflows.map(({ name }) => ({ Ref: `${pascalCase(name)}StateMachine` }));
}

function resourcesOf(
	{ name, definition, workflow: { steps, machine = {}, largeData = false } }: WorkflowFolder,
	settings: StageSettings,
): Resources {
	const { service, stage, logRetentionDays, logExecutionData } = settings;
	const prefix = pascalCase(name);
	const stepsArn = { Ref: liveAliasId(`${pascalCase(stepsFunction(name))}LambdaFunction`) };
	const logGroupName = `/aws/lambda/${service}-${stage}-${stepsFunction(name)}`;
	return {
		[`${prefix}StateMachine`]: {
			Type: 'AWS::StepFunctions::StateMachine',
			Properties: {
				StateMachineName: `${service}-${stage}-${name}`,
				StateMachineType: 'STANDARD',
				RoleArn: { 'Fn::GetAtt': [`${prefix}StateMachineRole`, 'Arn'] },
				Definition: definition,
				DefinitionSubstitutions: { StepsFunctionArn: stepsArn, ...machine.substitutions },
				TracingConfiguration: { Enabled: true },
				LoggingConfiguration: {
					Level: 'ALL',
					IncludeExecutionData: logExecutionData,
					Destinations: [
						{
							CloudWatchLogsLogGroup: {
								LogGroupArn: { 'Fn::GetAtt': [`${prefix}StateMachineLogGroup`, 'Arn'] },
							},
						},
					],
				},
			},
		},
		[`${prefix}StateMachineLogGroup`]: {
			Type: 'AWS::Logs::LogGroup',
			Properties: {
				LogGroupName: `/aws/vendedlogs/states/${service}-${stage}-${name}`,
				RetentionInDays: logRetentionDays,
			},
		},
		[`${prefix}StateMachineRole`]: role('states.amazonaws.com', [
			{ Action: 'lambda:InvokeFunction', Resource: stepsArn },
			...(machine.permissions ?? []),
			...STATE_MACHINE_PERMISSIONS,
		]),
		[`${prefix}StepsRole`]: role('lambda.amazonaws.com', [
			...functionPermissions(logGroupName),
			...(steps.permissions ?? []),
			...(steps.reportsProgress === true ? PROGRESS.permissions : []),
			...(largeData ? LARGE_DATA.permissions : []),
		]),
	};
}

interface Additions {
	readonly environment: Readonly<Record<string, TemplateValue>>;
	readonly permissions: readonly Permission[];
}

/** The additions of a steps function that handles data above 200 KiB. */
const LARGE_DATA: Additions = {
	environment: { OUTPUT_BUCKET: { Ref: 'OutputBucket' } },
	permissions: [
		{
			Action: ['s3:GetObject', 's3:PutObject'],
			Resource: { 'Fn::Sub': '${OutputBucket.Arn}/claims/*' },
		},
	],
};

/** The additions of a steps function that reports progress. */
const PROGRESS: Additions = {
	environment: { TASK_TABLE: { Ref: 'TaskTable' } },
	permissions: [{ Action: 'dynamodb:UpdateItem', Resource: { 'Fn::GetAtt': ['TaskTable', 'Arn'] } }],
};

/** These actions of CloudWatch's log delivery and X-Ray do not support permissions on single resources. */
const STATE_MACHINE_PERMISSIONS: readonly Permission[] = [
	{
		Action: [
			'logs:CreateLogDelivery',
			'logs:GetLogDelivery',
			'logs:UpdateLogDelivery',
			'logs:DeleteLogDelivery',
			'logs:ListLogDeliveries',
			'logs:PutResourcePolicy',
			'logs:DescribeResourcePolicies',
			'logs:DescribeLogGroups',
		],
		Resource: '*',
	},
	{
		Action: [
			'xray:PutTraceSegments',
			'xray:PutTelemetryRecords',
			'xray:GetSamplingRules',
			'xray:GetSamplingTargets',
		],
		Resource: '*',
	},
];

/** Returns the permissions of every function: to write its own log group, and traces, which support no resources. */
export function functionPermissions(logGroupName: string): Permission[] {
	return [
		{
			Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
			Resource: {
				'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:${logGroupName}:*`,
			},
		},
		{ Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: '*' },
	];
}

/**
 * Services that assume a role for a resource of some account, and name that account when they do. The condition keeps
 * them from assuming our roles for resources of another account.
 */
const SERVICES_WITH_SOURCE_ACCOUNT: ReadonlySet<string> = new Set([
	'codedeploy.amazonaws.com',
	'scheduler.amazonaws.com',
	'states.amazonaws.com',
]);

/** Returns a role that one AWS service may assume, with exactly these permissions. */
export function role(service: string, permissions: readonly Permission[]): CompiledResource {
	return {
		Type: 'AWS::IAM::Role',
		Properties: {
			AssumeRolePolicyDocument: {
				Version: '2012-10-17',
				Statement: [
					{
						Effect: 'Allow',
						Principal: { Service: service },
						Action: 'sts:AssumeRole',
						...(SERVICES_WITH_SOURCE_ACCOUNT.has(service)
							? { Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } } }
							: {}),
					},
				],
			},
			Policies: [
				{
					PolicyName: 'permissions',
					PolicyDocument: {
						Version: '2012-10-17',
						Statement: permissions.map((permission) => ({ Effect: 'Allow', ...permission })),
					},
				},
			],
		},
	};
}

/** The key of the function. serverless derives the name of its resource from it. */
function stepsFunction(name: string): string {
	return `${camelCase(name)}Steps`;
}

function camelCase(name: string): string {
	return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function pascalCase(name: string): string {
	const camel = camelCase(name);
	return camel.slice(0, 1).toUpperCase() + camel.slice(1);
}
