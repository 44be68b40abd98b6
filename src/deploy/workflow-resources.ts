import type { Deployment, Permission, TemplateValue } from '../workflows/define-deployment.ts';
import { type CompiledResource, liveAliasId } from './compiled-template.ts';

/** A workflow as its folder describes it. */
export interface WorkflowFolder {
	readonly name: string;
	/** The state machine in the Amazon States Language. */
	readonly definition: object;
	readonly deployment: Deployment;
	/** Whether its steps read and write claims. */
	readonly takesLargeData?: boolean;
}

/** The stage's settings that the workflows' resources depend on. */
export interface StageSettings {
	readonly service: string;
	readonly stage: string;
	readonly logRetentionDays: number;
	/** Whether the machines' logs may hold inputs and outputs. */
	readonly logExecutionData: boolean;
}

type Resources = Record<string, object>;

/** The steps function of each workflow, in the form of `functions:` in serverless.yml. */
export function workflowFunctions(workflows: readonly WorkflowFolder[]): Record<string, object> {
	return Object.fromEntries(
		workflows.map(({ name, deployment, takesLargeData = false }) => [
			stepsFunction(name),
			{
				handler: `.build/${name}-steps/index.handler`,
				package: { patterns: [`.build/${name}-steps/**`] },
				role: `${pascalCase(name)}StepsRole`,
				timeout: deployment.stepTimeoutSeconds,
				environment: {
					...deployment.environment,
					...(deployment.reportsProgress === true ? PROGRESS.environment : {}),
					...(takesLargeData ? LARGE_DATA.environment : {}),
				},
			},
		]),
	);
}

/** The state machine, the roles and the log group of each workflow. */
export function workflowResources(workflows: readonly WorkflowFolder[], settings: StageSettings): Resources {
	return Object.assign({}, ...workflows.map((workflow) => resourcesOf(workflow, settings)));
}

/** ARNs of all state machines, for what reacts to every one of them. */
export function stateMachineArns(workflows: readonly WorkflowFolder[]): TemplateValue[] {
	return workflows.map(({ name }) => ({ Ref: `${pascalCase(name)}StateMachine` }));
}

function resourcesOf(
	{ name, definition, deployment, takesLargeData = false }: WorkflowFolder,
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
				DefinitionSubstitutions: { StepsFunctionArn: stepsArn, ...deployment.substitutions },
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
			...deployment.statePermissions,
			...STATE_MACHINE_PERMISSIONS,
		]),
		[`${prefix}StepsRole`]: role('lambda.amazonaws.com', [
			...functionPermissions(logGroupName),
			...deployment.stepPermissions,
			...(deployment.reportsProgress === true ? PROGRESS.permissions : []),
			...(takesLargeData ? LARGE_DATA.permissions : []),
		]),
	};
}

type Needs = Pick<Deployment, 'environment'> & { readonly permissions: readonly Permission[] };

/** What a steps function needs for data above 200 KiB. */
const LARGE_DATA: Needs = {
	environment: { OUTPUT_BUCKET: { Ref: 'OutputBucket' } },
	permissions: [
		{
			Action: ['s3:GetObject', 's3:PutObject'],
			Resource: { 'Fn::Sub': '${OutputBucket.Arn}/claims/*' },
		},
	],
};

/** What a steps function needs to report progress. */
const PROGRESS: Needs = {
	environment: { TASK_TABLE: { Ref: 'TaskTable' } },
	permissions: [{ Action: 'dynamodb:UpdateItem', Resource: { 'Fn::GetAtt': ['TaskTable', 'Arn'] } }],
};

/** None of these actions can be given for a single resource: CloudWatch's log delivery and X-Ray know none. */
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

/** What every function does: write its own logs and, where AWS knows no finer resource than all, its traces. */
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
	'states.amazonaws.com',
]);

/** A role that one AWS service may assume, with these permissions and no others. */
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

/** serverless names a function's resource after its key: letters and digits, the first letter large. */
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
