import { failingIds, memberOf, objectsOf, type Rule } from './rule.ts';

/** Resources that name a function without calling it. */
const NAMES_FUNCTIONS = new Set([
	'AWS::Lambda::Alias',
	'AWS::Lambda::Version',
	'AWS::CloudWatch::Alarm',
	'AWS::IAM::Role',
]);

/** A call that bypasses the alias would reach a version that no rollback replaces. */
export const onlyAliasesAreCalled: Rule = ({ resources }) =>
	failingIds(
		resources.filter(({ type }) => !NAMES_FUNCTIONS.has(type)),
		({ type, properties }) => {
			const called = JSON.stringify(properties).matchAll(/:function:[\w-]+(:\w+)?/g);
			return (
				[...called].every(([, qualifier]) => qualifier === ':live') &&
				(type !== 'AWS::Lambda::Permission' || String(properties['FunctionName']).endsWith(':live'))
			);
		},
	);

/** Prod deploys with a canary. On every stage an alarm rolls a new version back. */
export const everyFunctionIsDeployedByItsAlias: Rule = ({ stage, template, ofType }) => {
	const config =
		stage === 'prod'
			? 'CodeDeployDefault.LambdaCanary10Percent5Minutes'
			: 'CodeDeployDefault.LambdaAllAtOnce';
	const alarms = new Set(ofType('AWS::CloudWatch::Alarm').map(({ ref }) => ref));
	const groups = ofType('AWS::CodeDeploy::DeploymentGroup').filter(({ properties }) => {
		const watched = objectsOf(memberOf(properties['AlarmConfiguration'], 'Alarms')).map(({ Name }) =>
			String(Name),
		);
		return (
			properties['DeploymentConfigName'] === config &&
			memberOf(properties['AutoRollbackConfiguration'], 'Enabled') === true &&
			memberOf(properties['AlarmConfiguration'], 'Enabled') === true &&
			watched.length > 0 &&
			watched.every((name) => alarms.has(name))
		);
	});
	const deployed = ofType('AWS::Lambda::Alias').filter(({ logicalId }) => {
		const { UpdatePolicy = {} } = Object(template.Resources[logicalId]);
		const group = memberOf(UpdatePolicy, 'CodeDeployLambdaAliasUpdate', 'DeploymentGroupName', 'Ref');
		return groups.some((each) => each.logicalId === group);
	});
	return failingIds(ofType('AWS::Lambda::Function'), ({ ref }) =>
		deployed.some(({ properties }) => properties['FunctionName'] === ref && properties['Name'] === 'live'),
	);
};

/** A 5xx of the API says nothing about a function that serves no HTTP, and must not roll it back. */
export const onlyHttpFunctionsWatchTheApi: Rule = ({ ofType, template }) => {
	const servesHttp = new Set(
		ofType('AWS::ApiGatewayV2::Integration').map(
			({ properties }) => /:function:([\w-]+):/.exec(String(properties['IntegrationUri']))?.[1],
		),
	);
	const apiAlarms = new Set(
		ofType('AWS::CloudWatch::Alarm')
			.filter(({ properties }) => JSON.stringify(properties).includes('"AWS/ApiGateway"'))
			.map(({ ref }) => ref),
	);
	const groups = new Map(
		ofType('AWS::CodeDeploy::DeploymentGroup').map(({ logicalId, properties }) => [
			logicalId,
			objectsOf(memberOf(properties['AlarmConfiguration'], 'Alarms')).some(({ Name }) =>
				apiAlarms.has(String(Name)),
			),
		]),
	);
	return failingIds(ofType('AWS::Lambda::Alias'), ({ logicalId, properties }) => {
		const { UpdatePolicy = {} } = Object(template.Resources[logicalId]);
		const group = memberOf(UpdatePolicy, 'CodeDeployLambdaAliasUpdate', 'DeploymentGroupName', 'Ref');
		return groups.get(String(group)) === servesHttp.has(String(properties['FunctionName']));
	});
};
