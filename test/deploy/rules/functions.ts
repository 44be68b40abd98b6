import type { Resource } from '../../../src/local-aws/template/resolve-template.ts';
import { at, lacking, type Rule, texts } from './rule.ts';

/** The one that the tests run on, on the processor that costs less. */
export const functionsRunOnOneRuntime: Rule = ({ ofType }) =>
	lacking(
		ofType('AWS::Lambda::Function'),
		({ properties }) =>
			properties['Runtime'] === 'nodejs24.x' && texts(properties['Architectures']).join() === 'arm64',
	);

/** Traced, with a bundle, a log group and a role that are nobody else's. */
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
	return lacking(
		functions,
		(function_) =>
			ownRole(function_) &&
			ownBundle(function_) &&
			logGroups.has(`/aws/lambda/${function_.ref}`) &&
			at(function_.properties['TracingConfig'], 'Mode') === 'Active',
	);
};

/** The HTTP API hangs up after 30 seconds, whatever the function still does. */
export const apiFunctionsAnswerInTime: Rule = ({ ofType }) => {
	const called = ofType('AWS::ApiGatewayV2::Integration').map(({ properties }) =>
		String(properties['IntegrationUri']),
	);
	return lacking(
		ofType('AWS::Lambda::Function').filter(({ ref }) => called.some((uri) => uri.split(':').includes(ref))),
		({ properties }) => Number(properties['Timeout']) < 30,
	);
};

/** What a machine's log may hold is personal data, in prod. */
export const machinesTellWhatTheyDo: Rule = ({ stage, ofType }) =>
	lacking(
		ofType('AWS::StepFunctions::StateMachine'),
		({ properties }) =>
			at(properties['TracingConfiguration'], 'Enabled') === true &&
			at(properties['LoggingConfiguration'], 'Level') === 'ALL' &&
			at(properties['LoggingConfiguration'], 'IncludeExecutionData') === (stage !== 'prod'),
	);
