import type { Resource } from '../../../src/local-aws/template/resolve-template.ts';
import { failingIds, memberOf, objectsOf, type PackagedStage, type Rule, textsOf } from './rule.ts';

/** The maximum of SQS. */
const FOURTEEN_DAYS_SECONDS = 14 * 24 * 3600;

const arnOf = ({ attributes }: Resource) => attributes['Arn'] ?? '';
const deadLetterArn = ({ properties }: Resource) =>
	memberOf(properties['RedrivePolicy'], 'deadLetterTargetArn') ?? '';

const queueOf = ({ ofType }: PackagedStage, arn: unknown) =>
	ofType('AWS::SQS::Queue').find((queue) => arnOf(queue) === arn);

/** The dead-letter queues of queues, subscriptions, rule targets and asynchronous invocations. */
function deadLetterArns({ ofType }: PackagedStage): ReadonlySet<unknown> {
	return new Set([
		...[...ofType('AWS::SQS::Queue'), ...ofType('AWS::SNS::Subscription')].map(deadLetterArn),
		...ofType('AWS::Events::Rule').flatMap(({ properties }) =>
			objectsOf(properties['Targets']).map((target) => memberOf(target, 'DeadLetterConfig', 'Arn')),
		),
		...ofType('AWS::Lambda::EventInvokeConfig').map(({ properties }) =>
			memberOf(properties['DestinationConfig'], 'OnFailure', 'Destination'),
		),
	]);
}

/** Every queue is a dead-letter queue or has one in this stack. */
export const everyQueueHasADeadLetterQueue: Rule = (packaged) => {
	const deadLetters = deadLetterArns(packaged);
	return failingIds(
		packaged.ofType('AWS::SQS::Queue'),
		(queue) => deadLetters.has(arnOf(queue)) || queueOf(packaged, deadLetterArn(queue)) !== undefined,
	);
};

/** Long enough for an operator to return from a holiday. */
export const deadLettersAreKeptFor14Days: Rule = (packaged) =>
	failingIds(
		[...deadLetterArns(packaged)].flatMap((arn) => queueOf(packaged, arn) ?? []),
		({ properties }) => properties['MessageRetentionPeriod'] === FOURTEEN_DAYS_SECONDS,
	);

/** SNS drops undeliverable messages unless the subscription itself has a dead-letter queue. */
export const everySubscribedQueueHasADeadLetterQueue: Rule = (packaged) =>
	failingIds(
		packaged.ofType('AWS::SNS::Subscription').filter(({ properties }) => properties['Protocol'] === 'sqs'),
		(subscription) => queueOf(packaged, deadLetterArn(subscription)) !== undefined,
	);

/** EventBridge drops events after 24 hours. A schedule needs no dead-letter queue, because its next run repairs a lost one. */
export const everyRuleTargetHasADeadLetterQueue: Rule = (packaged) =>
	failingIds(
		packaged.ofType('AWS::Events::Rule').filter(({ properties }) => properties['EventPattern'] !== undefined),
		({ properties }) =>
			objectsOf(properties['Targets']).every(
				(target) => queueOf(packaged, memberOf(target, 'DeadLetterConfig', 'Arn')) !== undefined,
			),
	);

/** Without a policy that allows SNS or EventBridge to send, messages are lost silently. */
export const everySenderMaySend: Rule = ({ ofType }) => {
	const statements = ofType('AWS::SQS::QueuePolicy').flatMap(({ properties }) =>
		objectsOf(memberOf(properties['PolicyDocument'], 'Statement')),
	);
	const maySend = (sender: string, service: string, queueArn: unknown) =>
		statements.some(
			(statement) =>
				textsOf(memberOf(statement, 'Principal', 'Service')).includes(service) &&
				textsOf(statement['Action']).includes('sqs:SendMessage') &&
				textsOf(statement['Resource']).some((arn) => arn === queueArn) &&
				textsOf(memberOf(statement, 'Condition', 'ArnEquals', 'aws:SourceArn')).includes(sender),
		);
	const subscriptions = ofType('AWS::SNS::Subscription').flatMap((subscription) =>
		[subscription.properties['Endpoint'], deadLetterArn(subscription)]
			.filter((arn) => textsOf(arn).some((text) => text.startsWith('arn:aws:sqs:')))
			.map((arn) => ({
				logicalId: subscription.logicalId,
				allowed: maySend(String(subscription.properties['TopicArn']), 'sns.amazonaws.com', arn),
			})),
	);
	const targets = ofType('AWS::Events::Rule').flatMap((rule) =>
		objectsOf(rule.properties['Targets'])
			.flatMap((target) => [target['Arn'], memberOf(target, 'DeadLetterConfig', 'Arn')])
			.filter((arn) => textsOf(arn).some((text) => text.startsWith('arn:aws:sqs:')))
			.map((arn) => ({
				logicalId: rule.logicalId,
				allowed: maySend(arnOf(rule), 'events.amazonaws.com', arn),
			})),
	);
	return [...subscriptions, ...targets]
		.filter(({ allowed }) => !allowed)
		.map(({ logicalId }) => `${logicalId} may not send`);
};

/** AWS recommends six times the function's timeout, so that no message is delivered again while it is being handled. */
export const visibilityTimeoutIsSixTimesTheFunctionTimeout: Rule = (packaged) =>
	failingIds(packaged.ofType('AWS::Lambda::EventSourceMapping'), ({ properties }) => {
		const name = String(properties['FunctionName']).split(':')[6];
		const fed = packaged.ofType('AWS::Lambda::Function').find(({ ref }) => ref === name);
		const queue = queueOf(packaged, properties['EventSourceArn']);
		return Number(queue?.properties['VisibilityTimeout']) >= 6 * Number(fed?.properties['Timeout']);
	});

/** A failed record must not return its whole batch, and a full queue must not use up the account's concurrency. */
export const mappingsAreBounded: Rule = ({ ofType }) =>
	failingIds(
		ofType('AWS::Lambda::EventSourceMapping'),
		({ properties }) =>
			textsOf(properties['FunctionResponseTypes']).includes('ReportBatchItemFailures') &&
			Number(memberOf(properties['ScalingConfig'], 'MaximumConcurrency')) >= 2,
	);
