import { at, lacking, objects, type Rule } from './rule.ts';

/** Where a function's own ARN stands by right: nothing calls by it. */
const NAMES_FUNCTIONS = new Set([
	'AWS::Lambda::Alias',
	'AWS::Lambda::Version',
	'AWS::CloudWatch::Alarm',
	'AWS::IAM::Role',
]);

/** A call past the alias would reach a version that the canary has not tried, and no deploy could take it back. */
export const onlyAliasesAreCalled: Rule = ({ resources }) =>
	lacking(
		resources.filter(({ type }) => !NAMES_FUNCTIONS.has(type)),
		({ type, properties }) => {
			const called = JSON.stringify(properties).matchAll(/:function:[\w-]+(:\w+)?/g);
			return (
				[...called].every(([, qualifier]) => qualifier === ':live') &&
				(type !== 'AWS::Lambda::Permission' || String(properties['FunctionName']).endsWith(':live'))
			);
		},
	);

/** Prod tries a tenth for five minutes; everywhere an alarm takes the new version back. */
export const everyFunctionIsDeployedByItsAlias: Rule = ({ stage, template, ofType }) => {
	const config =
		stage === 'prod'
			? 'CodeDeployDefault.LambdaCanary10Percent5Minutes'
			: 'CodeDeployDefault.LambdaAllAtOnce';
	const alarms = new Set(ofType('AWS::CloudWatch::Alarm').map(({ ref }) => ref));
	const groups = ofType('AWS::CodeDeploy::DeploymentGroup').filter(({ properties }) => {
		const watched = objects(at(properties['AlarmConfiguration'], 'Alarms')).map(({ Name }) => String(Name));
		return (
			properties['DeploymentConfigName'] === config &&
			at(properties['AutoRollbackConfiguration'], 'Enabled') === true &&
			at(properties['AlarmConfiguration'], 'Enabled') === true &&
			watched.length > 0 &&
			watched.every((name) => alarms.has(name))
		);
	});
	const deployed = ofType('AWS::Lambda::Alias').filter(({ logicalId }) => {
		const { UpdatePolicy = {} } = Object(template.Resources[logicalId]);
		const group = at(UpdatePolicy, 'CodeDeployLambdaAliasUpdate', 'DeploymentGroupName', 'Ref');
		return groups.some((each) => each.logicalId === group);
	});
	return lacking(ofType('AWS::Lambda::Function'), ({ ref }) =>
		deployed.some(({ properties }) => properties['FunctionName'] === ref && properties['Name'] === 'live'),
	);
};
