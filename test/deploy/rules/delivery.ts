import type { Resource } from '../../../src/local-aws/template/resolve-template.ts';
import { at, lacking, objects, type PackagedStage, type Rule, texts } from './rule.ts';

/** SQS's longest retention. */
const FOURTEEN_DAYS_SECONDS = 14 * 24 * 3600;

const arnOf = ({ attributes }: Resource) => attributes['Arn'] ?? '';
const deadLetterArn = ({ properties }: Resource) =>
	at(properties['RedrivePolicy'], 'deadLetterTargetArn') ?? '';

const queueOf = ({ ofType }: PackagedStage, arn: unknown) =>
	ofType('AWS::SQS::Queue').find((queue) => arnOf(queue) === arn);

/** Where something goes that could not be delivered: of queues, subscriptions and rule targets. */
function deadLetterArns({ ofType }: PackagedStage): ReadonlySet<unknown> {
	return new Set([
		...[...ofType('AWS::SQS::Queue'), ...ofType('AWS::SNS::Subscription')].map(deadLetterArn),
		...ofType('AWS::Events::Rule').flatMap(({ properties }) =>
			objects(properties['Targets']).map((target) => at(target, 'DeadLetterConfig', 'Arn')),
		),
	]);
}

/** What is not itself a DLQ has one, in this stack. */
export const everyQueueHasADeadLetterQueue: Rule = (packaged) => {
	const deadLetters = deadLetterArns(packaged);
	return lacking(
		packaged.ofType('AWS::SQS::Queue'),
		(queue) => deadLetters.has(arnOf(queue)) || queueOf(packaged, deadLetterArn(queue)) !== undefined,
	);
};

/** Long enough for somebody to come back from a holiday and look. */
export const deadLettersStayFourteenDays: Rule = (packaged) =>
	lacking(
		[...deadLetterArns(packaged)].flatMap((arn) => queueOf(packaged, arn) ?? []),
		({ properties }) => properties['MessageRetentionPeriod'] === FOURTEEN_DAYS_SECONDS,
	);

/** SNS drops for good what a queue does not take, unless the subscription itself has a DLQ. */
export const everySubscribedQueueHasADeadLetterQueue: Rule = (packaged) =>
	lacking(
		packaged.ofType('AWS::SNS::Subscription').filter(({ properties }) => properties['Protocol'] === 'sqs'),
		(subscription) => queueOf(packaged, deadLetterArn(subscription)) !== undefined,
	);

/** EventBridge gives up after 24 hours. A schedule needs none: its next tick makes up for one that is lost. */
export const everyRuleTargetHasADeadLetterQueue: Rule = (packaged) =>
	lacking(
		packaged.ofType('AWS::Events::Rule').filter(({ properties }) => properties['EventPattern'] !== undefined),
		({ properties }) =>
			objects(properties['Targets']).every(
				(target) => queueOf(packaged, at(target, 'DeadLetterConfig', 'Arn')) !== undefined,
			),
	);

/** Without a policy that lets SNS or EventBridge send, a queue or DLQ stays empty and nobody is told. */
export const everySenderMaySend: Rule = ({ ofType }) => {
	const statements = ofType('AWS::SQS::QueuePolicy').flatMap(({ properties }) =>
		objects(at(properties['PolicyDocument'], 'Statement')),
	);
	const maySend = (sender: string, service: string, queueArn: unknown) =>
		statements.some(
			(statement) =>
				texts(at(statement, 'Principal', 'Service')).includes(service) &&
				texts(statement['Action']).includes('sqs:SendMessage') &&
				texts(statement['Resource']).some((arn) => arn === queueArn) &&
				texts(at(statement, 'Condition', 'ArnEquals', 'aws:SourceArn')).includes(sender),
		);
	const subscriptions = ofType('AWS::SNS::Subscription').flatMap((subscription) =>
		[subscription.properties['Endpoint'], deadLetterArn(subscription)]
			.filter((arn) => texts(arn).some((text) => text.startsWith('arn:aws:sqs:')))
			.map((arn) => ({
				logicalId: subscription.logicalId,
				allowed: maySend(String(subscription.properties['TopicArn']), 'sns.amazonaws.com', arn),
			})),
	);
	const targets = ofType('AWS::Events::Rule').flatMap((rule) =>
		objects(rule.properties['Targets'])
			.flatMap((target) => [target['Arn'], at(target, 'DeadLetterConfig', 'Arn')])
			.filter((arn) => texts(arn).some((text) => text.startsWith('arn:aws:sqs:')))
			.map((arn) => ({
				logicalId: rule.logicalId,
				allowed: maySend(arnOf(rule), 'events.amazonaws.com', arn),
			})),
	);
	return [...subscriptions, ...targets]
		.filter(({ allowed }) => !allowed)
		.map(({ logicalId }) => `${logicalId} may not send`);
};

/** AWS asks for six times the function's timeout, so that a message is not handed out again while it is worked on. */
export const visibilityOutlastsTheFunction: Rule = (packaged) =>
	lacking(packaged.ofType('AWS::Lambda::EventSourceMapping'), ({ properties }) => {
		const name = String(properties['FunctionName']).split(':')[6];
		const fed = packaged.ofType('AWS::Lambda::Function').find(({ ref }) => ref === name);
		const queue = queueOf(packaged, properties['EventSourceArn']);
		return Number(queue?.properties['VisibilityTimeout']) >= 6 * Number(fed?.properties['Timeout']);
	});

/** One bad message must not bring its siblings back, and one full queue must not take every sandbox of the account. */
export const mappingsAreBounded: Rule = ({ ofType }) =>
	lacking(
		ofType('AWS::Lambda::EventSourceMapping'),
		({ properties }) =>
			texts(properties['FunctionResponseTypes']).includes('ReportBatchItemFailures') &&
			Number(at(properties['ScalingConfig'], 'MaximumConcurrency')) >= 2,
	);
