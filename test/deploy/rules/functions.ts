import type { Resource } from '../../../src/local-aws/template/resolve-template.ts';
import { failingIds, memberOf, type Rule, textsOf } from './rule.ts';

/** The runtime that the tests use, on arm64, which costs less. */
export const functionsRunOnOneRuntime: Rule = ({ ofType }) =>
	failingIds(
		ofType('AWS::Lambda::Function'),
		({ properties }) =>
			properties['Runtime'] === 'nodejs24.x' && textsOf(properties['Architectures']).join() === 'arm64',
	);

/** Each function is traced and has its own bundle, log group and role. */
export const functionsShareNothing: Rule = ({ ofType }) => {
	const functions = ofType('AWS::Lambda::Function');
	const alone = (member: (function_: Resource) => unknown) => {
		const all = functions.map((function_) => String(member(function_)));
		return (function_: Resource) =>
			all.filter((each) => each === String(member(function_))).length === 1 &&
			member(function_) !== undefined;
	};
	const ownRole = alone(({ properties }) => properties['Role']);
	const ownBundle = alone(({ properties }) => properties['Handler']);
	const logGroups = new Set(ofType('AWS::Logs::LogGroup').map(({ ref }) => ref));
	return failingIds(
		functions,
		(function_) =>
			ownRole(function_) &&
			ownBundle(function_) &&
			logGroups.has(`/aws/lambda/${function_.ref}`) &&
			memberOf(function_.properties['TracingConfig'], 'Mode') === 'Active',
	);
};

/** The HTTP API closes a request after 30 seconds. */
export const apiFunctionsAnswerInTime: Rule = ({ ofType }) => {
	const called = ofType('AWS::ApiGatewayV2::Integration').map(({ properties }) =>
		String(properties['IntegrationUri']),
	);
	return failingIds(
		ofType('AWS::Lambda::Function').filter(({ ref }) => called.some((uri) => uri.split(':').includes(ref))),
		({ properties }) => Number(properties['Timeout']) < 30,
	);
};

/** Execution data may be personal, so prod does not log it. */
export const stateMachinesLogAndTrace: Rule = ({ stage, ofType }) =>
	failingIds(
		ofType('AWS::StepFunctions::StateMachine'),
		({ properties }) =>
			memberOf(properties['TracingConfiguration'], 'Enabled') === true &&
			memberOf(properties['LoggingConfiguration'], 'Level') === 'ALL' &&
			memberOf(properties['LoggingConfiguration'], 'IncludeExecutionData') === (stage !== 'prod'),
	);
