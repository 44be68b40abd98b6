import { refused, type Statement } from '../../../src/local-aws/iam/policy.ts';
import { isObject, type Json, type JsonObject } from '../../../src/local-aws/json.ts';
import type { Resource } from '../../../src/local-aws/template/resolve-template.ts';
import { failingIds, memberOf, objectsOf, type PackagedStage, type Rule, textsOf } from './rule.ts';

/** Actions that AWS supports only for all resources, with the reason. */
const ACTIONS_WITHOUT_RESOURCE: ReadonlyMap<string, string> = new Map([
	...['PutTraceSegments', 'PutTelemetryRecords', 'GetSamplingRules', 'GetSamplingTargets'].map(
		(action) => [`xray:${action}`, 'traces are no resource'] as const,
	),
	...[
		'CreateLogDelivery',
		'GetLogDelivery',
		'UpdateLogDelivery',
		'DeleteLogDelivery',
		'ListLogDeliveries',
		'PutResourcePolicy',
		'DescribeResourcePolicies',
		'DescribeLogGroups',
	].map((action) => [`logs:${action}`, 'log deliveries are no resource'] as const),
	['cloudwatch:DescribeAlarms', 'CodeDeploy describes all alarms of a group in one call'],
]);

/** ARNs that may contain a wildcard, with the reason. */
const WILDCARD_ARNS: readonly { readonly arn: RegExp; readonly reason: string }[] = [
	{ arn: /^arn:aws:logs:[^*]+:log-group:[^*]+:\*$/, reason: 'Lambda names the log streams' },
	{ arn: /^arn:aws:states:[^*]+:execution:[^*]+:\*$/, reason: 'an execution is named after its task' },
	{ arn: /^arn:aws:s3:::[^*]+\/\*$/, reason: 'objects are named after tasks and executions' },
	{
		arn: /^arn:aws:scheduler:[^*]+:schedule\/[^*/]+\/\*$/,
		reason: 'an entry is named by the id of its schedule',
	},
	{ arn: /^arn:aws:dynamodb:[^*]+:table\/[^*/]+\/index\/\*$/, reason: 'every index of the one table' },
];

/** The statements of a role's inline policies. */
function statements({ properties }: Resource): Statement[] {
	return objectsOf(properties['Policies'])
		.flatMap((policy) => objectsOf(memberOf(policy, 'PolicyDocument', 'Statement')))
		.map(({ Action, Resource }) => ({
			Effect: 'Allow',
			Action: [...textsOf(Action)],
			Resource: [...textsOf(Resource)],
		}));
}

/** Statements name exact actions and ARNs unless AWS supports none. */
export const everyWildcardHasAReason: Rule = ({ ofType }) =>
	ofType('AWS::IAM::Role').flatMap((role) =>
		statements(role).flatMap(({ Action, Resource }) =>
			[Action].flat().flatMap((action) =>
				[Resource]
					.flat()
					.filter((arn) => action.includes('*') || (arn.includes('*') && !mayBeWildcard(action, arn)))
					.map((arn) => `${role.logicalId}: ${action} on ${arn}`),
			),
		),
	);

function mayBeWildcard(action: string, arn: string): boolean {
	return arn === '*'
		? ACTIONS_WITHOUT_RESOURCE.has(action)
		: WILDCARD_ARNS.some((open) => open.arn.test(arn));
}

/** AWS changes managed policies without notice. */
export const rolesHaveNoManagedPolicies: Rule = ({ ofType }) =>
	failingIds(ofType('AWS::IAM::Role'), (role) => {
		return role.properties['ManagedPolicyArns'] === undefined && statements(role).length > 0;
	});

const roleOf = ({ ofType }: PackagedStage, arn: Json | undefined): Statement[] =>
	ofType('AWS::IAM::Role')
		.filter(({ attributes }) => attributes['Arn'] === arn)
		.flatMap(statements);

/** An event source mapping polls with the role of its function. Without these actions it is disabled silently. */
export const consumersMayReadTheirQueues: Rule = (packaged) =>
	failingIds(packaged.ofType('AWS::Lambda::EventSourceMapping'), ({ properties }) => {
		const name = String(properties['FunctionName']).split(':')[6];
		const fed = packaged.ofType('AWS::Lambda::Function').find(({ ref }) => ref === name);
		const role = roleOf(packaged, fed?.properties['Role']);
		const resources = [String(properties['EventSourceArn'])];
		return ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'].every(
			(action) => refused(role, { action, resources }) === undefined,
		);
	});

/** The action that a Task state needs, by the integration in its `Resource`; a function's ARN is called directly. */
const INTEGRATIONS: Readonly<Record<string, { readonly action: string; readonly argument: string }>> = {
	'lambda:invoke': { action: 'lambda:InvokeFunction', argument: 'FunctionName' },
	'sns:publish': { action: 'sns:Publish', argument: 'TopicArn' },
	'sqs:sendMessage': { action: 'sqs:SendMessage', argument: 'QueueUrl' },
	'events:putEvents': { action: 'events:PutEvents', argument: 'EventBusName' },
};

/** A missing permission would fail only the tasks that reach the state. */
export const stateMachinesMayCallTheirServices: Rule = (packaged) =>
	packaged.ofType('AWS::StepFunctions::StateMachine').flatMap(({ logicalId, properties }) => {
		const role = roleOf(packaged, properties['RoleArn']);
		return taskStates(properties['Definition'] ?? null).flatMap((state) => {
			const resource = String(state['Resource']);
			const [, integration = ''] = /^arn:aws:states:::([^.]+)/.exec(resource) ?? [];
			const isFunction = /^\$\{\w+\}$/.test(resource);
			const known = INTEGRATIONS[isFunction ? 'lambda:invoke' : integration];
			if (known === undefined) return [`${logicalId}: ${resource} is missing in INTEGRATIONS`];
			const { action, argument } = known;
			const target = isFunction ? resource : String(memberOf(state, 'Arguments', argument));
			const arn = memberOf(properties['DefinitionSubstitutions'], target.replace(/^\$\{(.*)\}$/, '$1'));
			// A queue is called by its URL, so only the action is checked.
			const resources = textsOf(arn).filter((text) => text.startsWith('arn:'));
			return refused(role, { action, resources }) === undefined ? [] : [`${logicalId}: ${action}`];
		});
	});

function taskStates(value: Json): JsonObject[] {
	if (Array.isArray(value)) return value.flatMap(taskStates);
	if (!isObject(value)) return [];
	return [...(value['Type'] === 'Task' ? [value] : []), ...Object.values(value).flatMap(taskStates)];
}

/** AWS services that act for resources of many accounts name the account when they assume a role. */
const SERVICES_WITH_SOURCE_ACCOUNT: ReadonlySet<string> = new Set([
	'codedeploy.amazonaws.com',
	'states.amazonaws.com',
]);

/** A service may assume a role only for resources of this account. AWS documents the condition for these services. */
export const trustPoliciesNameTheAccount: Rule = ({ ofType }) =>
	failingIds(ofType('AWS::IAM::Role'), ({ properties }) =>
		objectsOf(memberOf(properties['AssumeRolePolicyDocument'], 'Statement')).every(
			(statement) =>
				!textsOf(memberOf(statement, 'Principal', 'Service')).some((service) =>
					SERVICES_WITH_SOURCE_ACCOUNT.has(service),
				) || /^\d{12}$/.test(String(memberOf(statement, 'Condition', 'StringEquals', 'aws:SourceAccount'))),
		),
	);
