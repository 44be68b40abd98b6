import {
	type CompiledResource,
	type CompiledResources,
	functionName,
	idsOfType,
	LIVE,
	liveAliasId,
} from './compiled-template.ts';
import { role } from './workflow-resources.ts';

/** The settings of a stage that its deploys depend on. */
export interface DeploySettings {
	readonly stage: string;
	/** `off` lets a deploy go on while an alarm is in ALARM. */
	readonly deployAlarms: 'on' | 'off';
	/** The logical ids of the alarms that roll a function back. */
	readonly alarmIdsOf: (functionId: string) => readonly string[];
}

/**
 * Every function's `live` alias, and the CodeDeploy group that moves it to a new version and back if an alarm fires.
 * State machines need no alias: an execution keeps the definition it started with, and calls its steps by these aliases.
 */
export function createLiveAliases(
	resources: CompiledResources,
	settings: DeploySettings,
): Record<string, CompiledResource> {
	const functionIds = idsOfType(resources, 'AWS::Lambda::Function');
	const perFunction = functionIds.flatMap((functionId) => {
		const groupId = `${functionName(functionId)}DeploymentGroup`;
		return [
			[liveAliasId(functionId), alias(functionId, versionOf(resources, functionId), groupId)] as const,
			[groupId, deploymentGroup(functionId, settings)] as const,
		];
	});
	return {
		...Object.fromEntries(perFunction),
		CodeDeployApplication: {
			Type: 'AWS::CodeDeploy::Application',
			Properties: { ComputePlatform: 'Lambda' },
		},
		CodeDeployRole: role('codedeploy.amazonaws.com', [
			{
				Action: ['lambda:GetAlias', 'lambda:UpdateAlias', 'lambda:GetProvisionedConcurrencyConfig'],
				Resource: functionIds.flatMap((functionId) => [
					{ 'Fn::GetAtt': [functionId, 'Arn'] },
					{ 'Fn::Sub': `\${${functionId}.Arn}:${LIVE}` },
				]),
			},
			// CodeDeploy describes all alarms in one call, for which CloudWatch knows no finer resource.
			{ Action: 'cloudwatch:DescribeAlarms', Resource: '*' },
		]),
	};
}

function alias(functionId: string, versionId: string, groupId: string): CompiledResource {
	return {
		Type: 'AWS::Lambda::Alias',
		Properties: {
			FunctionName: { Ref: functionId },
			FunctionVersion: { 'Fn::GetAtt': [versionId, 'Version'] },
			Name: LIVE,
		},
		// The group's settings, `deployAlarms` among them, apply to the deploy that changes them.
		DependsOn: groupId,
		UpdatePolicy: {
			CodeDeployLambdaAliasUpdate: {
				ApplicationName: { Ref: 'CodeDeployApplication' },
				DeploymentGroupName: { Ref: groupId },
			},
		},
	};
}

function deploymentGroup(
	functionId: string,
	{ stage, deployAlarms, alarmIdsOf }: DeploySettings,
): CompiledResource {
	return {
		Type: 'AWS::CodeDeploy::DeploymentGroup',
		Properties: {
			ApplicationName: { Ref: 'CodeDeployApplication' },
			ServiceRoleArn: { 'Fn::GetAtt': ['CodeDeployRole', 'Arn'] },
			// Prod sends 10 % of the calls to the new version for five minutes first.
			DeploymentConfigName:
				stage === 'prod'
					? 'CodeDeployDefault.LambdaCanary10Percent5Minutes'
					: 'CodeDeployDefault.LambdaAllAtOnce',
			DeploymentStyle: { DeploymentType: 'BLUE_GREEN', DeploymentOption: 'WITH_TRAFFIC_CONTROL' },
			AlarmConfiguration: {
				Enabled: deployAlarms === 'on',
				Alarms: alarmIdsOf(functionId).map((alarmId) => ({ Name: { Ref: alarmId } })),
			},
			AutoRollbackConfiguration: {
				Enabled: true,
				Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
			},
		},
	};
}

/** The version that osls makes of a function's bundle and settings. */
function versionOf(resources: CompiledResources, functionId: string): string {
	const versionId = idsOfType(resources, 'AWS::Lambda::Version').find((id) => {
		const named: unknown = resources[id]?.Properties?.['FunctionName'];
		return Object(named).Ref === functionId;
	});
	if (versionId === undefined)
		throw new Error(`${functionId} has no version: set provider.versionFunctions to true.`);
	return versionId;
}
