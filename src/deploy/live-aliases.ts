import {
	type CompiledResource,
	type CompiledResources,
	functionName,
	idsOfType,
	LIVE,
	liveAliasId,
} from './compiled-template.ts';
import { role } from './workflow-resources.ts';

/** A tenth of prod's calls go to the new version for five minutes first; elsewhere nobody waits for that. */
function deploymentConfig(stage: string): string {
	return stage === 'prod'
		? 'CodeDeployDefault.LambdaCanary10Percent5Minutes'
		: 'CodeDeployDefault.LambdaAllAtOnce';
}

/**
 * Every function's alias, and the CodeDeploy group that moves it and moves it back while one of these alarms rings.
 * `alarmsOf` names the alarms of a function by their logical ids.
 *
 * State machines have no alias: an execution keeps the definition it began with, its steps are behind these aliases already, and
 * the starter, the status rule and Step Functions' rule of one execution a name all go by the machine's own ARN.
 */
export function liveAliases(
	resources: CompiledResources,
	stage: string,
	alarmsOf: (functionId: string) => readonly string[],
): Record<string, CompiledResource> {
	const functionIds = idsOfType(resources, 'AWS::Lambda::Function');
	const perFunction = functionIds.flatMap((functionId) => {
		const groupId = `${functionName(functionId)}DeploymentGroup`;
		return [
			[liveAliasId(functionId), alias(functionId, versionOf(resources, functionId), groupId)] as const,
			[groupId, deploymentGroup(stage, alarmsOf(functionId))] as const,
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
			// CodeDeploy asks for all alarms at once, which CloudWatch allows or refuses as a whole.
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
		UpdatePolicy: {
			CodeDeployLambdaAliasUpdate: {
				ApplicationName: { Ref: 'CodeDeployApplication' },
				DeploymentGroupName: { Ref: groupId },
			},
		},
	};
}

function deploymentGroup(stage: string, alarmIds: readonly string[]): CompiledResource {
	return {
		Type: 'AWS::CodeDeploy::DeploymentGroup',
		Properties: {
			ApplicationName: { Ref: 'CodeDeployApplication' },
			ServiceRoleArn: { 'Fn::GetAtt': ['CodeDeployRole', 'Arn'] },
			DeploymentConfigName: deploymentConfig(stage),
			DeploymentStyle: { DeploymentType: 'BLUE_GREEN', DeploymentOption: 'WITH_TRAFFIC_CONTROL' },
			AlarmConfiguration: { Enabled: true, Alarms: alarmIds.map((alarmId) => ({ Name: { Ref: alarmId } })) },
			AutoRollbackConfiguration: {
				Enabled: true,
				Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
			},
		},
	};
}

/** The version that osls made of the function's bundle and settings. */
function versionOf(resources: CompiledResources, functionId: string): string {
	const versionId = idsOfType(resources, 'AWS::Lambda::Version').find((id) => {
		const named: unknown = resources[id]?.Properties?.['FunctionName'];
		return Object(named).Ref === functionId;
	});
	if (versionId === undefined)
		throw new Error(`${functionId} has no version: provider.versionFunctions is off.`);
	return versionId;
}
