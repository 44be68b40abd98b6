import { refused, type Statement } from '../../../src/local-aws/iam/policy.ts';
import { isObject, type Json, type JsonObject } from '../../../src/local-aws/json.ts';
import { statements } from './role-statements.ts';
import { at, lacking, type PackagedStage, type Rule, texts } from './rule.ts';

/** Actions that no resource finer than all can be named for, and how that is known. */
const FOR_ALL: ReadonlyMap<string, string> = new Map([
	...['PutTraceSegments', 'PutTelemetryRecords', 'GetSamplingRules', 'GetSamplingTargets'].map(
		(action) => [`xray:${action}`, 'X-Ray has no resource for traces'] as const,
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
	].map(
		(action) => [`logs:${action}`, 'Step Functions sets up its log delivery, which has no resource'] as const,
	),
	['cloudwatch:DescribeAlarms', 'CodeDeploy asks for all alarms of a group in one call'],
]);

/** ARNs that may end in `*`, and why. */
const OPEN_ENDS: readonly { readonly arn: RegExp; readonly reason: string }[] = [
	{ arn: /^arn:aws:logs:[^*]+:log-group:[^*]+:\*$/, reason: 'Lambda names the streams of a log group' },
	{ arn: /^arn:aws:states:[^*]+:execution:[^*]+:\*$/, reason: 'an execution is named after its task' },
	{ arn: /^arn:aws:s3:::[^*]+\/\*$/, reason: 'objects are named after tasks and executions' },
	{ arn: /^arn:aws:dynamodb:[^*]+:table\/[^*/]+\/index\/\*$/, reason: 'every index of the one table' },
];

/** Exact ARNs, but where AWS knows none. */
export const everyStarHasAReason: Rule = ({ ofType }) =>
	ofType('AWS::IAM::Role').flatMap((role) =>
		statements(role).flatMap(({ Action, Resource }) =>
			[Action].flat().flatMap((action) =>
				[Resource]
					.flat()
					.filter((arn) => action.includes('*') || (arn.includes('*') && !mayBeOpen(action, arn)))
					.map((arn) => `${role.logicalId}: ${action} on ${arn}`),
			),
		),
	);

function mayBeOpen(action: string, arn: string): boolean {
	return arn === '*' ? FOR_ALL.has(action) : OPEN_ENDS.some((open) => open.arn.test(arn));
}

/** A managed policy is AWS's to change. */
export const rolesSayThemselvesWhatTheyAllow: Rule = ({ ofType }) =>
	lacking(ofType('AWS::IAM::Role'), (role) => {
		return role.properties['ManagedPolicyArns'] === undefined && statements(role).length > 0;
	});

const roleOf = ({ ofType }: PackagedStage, arn: Json | undefined): Statement[] =>
	ofType('AWS::IAM::Role')
		.filter(({ attributes }) => attributes['Arn'] === arn)
		.flatMap(statements);

/** The mapping polls as the function: without these the queue is never read, and only the mapping's own state tells. */
export const consumersMayReadTheirQueues: Rule = (packaged) =>
	lacking(packaged.ofType('AWS::Lambda::EventSourceMapping'), ({ properties }) => {
		const name = String(properties['FunctionName']).split(':')[6];
		const fed = packaged.ofType('AWS::Lambda::Function').find(({ ref }) => ref === name);
		const role = roleOf(packaged, fed?.properties['Role']);
		const resources = [String(properties['EventSourceArn'])];
		return ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'].every(
			(action) => refused(role, { action, resources }) === undefined,
		);
	});

/** What a Task state asks of its machine's role, by the integration in its `Resource`. */
const INTEGRATIONS: Readonly<Record<string, { readonly action: string; readonly argument: string }>> = {
	'lambda:invoke': { action: 'lambda:InvokeFunction', argument: 'FunctionName' },
	'sns:publish': { action: 'sns:Publish', argument: 'TopicArn' },
	'sqs:sendMessage': { action: 'sqs:SendMessage', argument: 'QueueUrl' },
	'events:putEvents': { action: 'events:PutEvents', argument: 'EventBusName' },
};

/** A machine that may not make a call learns it only when a task gets there. */
export const machinesMayCallWhatTheyCall: Rule = (packaged) =>
	packaged.ofType('AWS::StepFunctions::StateMachine').flatMap(({ logicalId, properties }) => {
		const role = roleOf(packaged, properties['RoleArn']);
		return taskStates(properties['Definition'] ?? null).flatMap((state) => {
			const [, integration = ''] = /^arn:aws:states:::([^.]+)/.exec(String(state['Resource'])) ?? [];
			const known = INTEGRATIONS[integration];
			if (known === undefined) return [`${logicalId}: ${integration} is not known to this rule`];
			const { action, argument } = known;
			const placeholder = String(at(state, 'Arguments', argument)).replace(/^\$\{(.*)\}$/, '$1');
			const arn = at(properties['DefinitionSubstitutions'], placeholder);
			// A queue is called by its URL: that the action is allowed must do.
			const resources = texts(arn).filter((text) => text.startsWith('arn:'));
			return refused(role, { action, resources }) === undefined ? [] : [`${logicalId}: ${action}`];
		});
	});

function taskStates(value: Json): JsonObject[] {
	if (Array.isArray(value)) return value.flatMap(taskStates);
	if (!isObject(value)) return [];
	return [...(value['Type'] === 'Task' ? [value] : []), ...Object.values(value).flatMap(taskStates)];
}
