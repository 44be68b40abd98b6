import { at, lacking, objects, type Rule } from './rule.ts';

/** Topics that may stay without a key of their own, and why. */
const UNENCRYPTED_TOPICS: ReadonlyMap<string, string> = new Map([
	['AlarmTopic', 'CloudWatch may not use the key that AWS manages, and the alarms hold no data of tasks'],
]);

/** Nothing that CloudFormation does takes the rows away, and a mistake in them can be taken back. */
export const tablesAreKept: Rule = ({ stage, template, ofType }) =>
	lacking(ofType('AWS::DynamoDB::Table'), ({ logicalId, properties }) => {
		const { DeletionPolicy, UpdateReplacePolicy } = Object(template.Resources[logicalId]);
		return (
			DeletionPolicy === 'Retain' &&
			UpdateReplacePolicy === 'Retain' &&
			at(properties['TimeToLiveSpecification'], 'Enabled') === true &&
			at(properties['PointInTimeRecoverySpecification'], 'PointInTimeRecoveryEnabled') === true &&
			at(properties['SSESpecification'], 'SSEEnabled') === true &&
			(properties['DeletionProtectionEnabled'] === true || stage !== 'prod')
		);
	});

/** Nobody reads what tasks leave behind but by a URL that the API has signed. */
export const bucketsAreClosed: Rule = ({ ofType }) =>
	lacking(ofType('AWS::S3::Bucket'), ({ properties }) => {
		const access = properties['PublicAccessBlockConfiguration'];
		return (
			['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'].every(
				(each) => at(access, each) === true,
			) && objects(at(properties['BucketEncryption'], 'ServerSideEncryptionConfiguration')).length > 0
		);
	});

/** Messages carry the data of tasks. */
export const queuesAndTopicsAreEncrypted: Rule = ({ ofType }) => [
	...lacking(
		ofType('AWS::SQS::Queue'),
		({ properties }) =>
			properties['SqsManagedSseEnabled'] === true || properties['KmsMasterKeyId'] !== undefined,
	),
	...lacking(
		ofType('AWS::SNS::Topic'),
		({ logicalId, properties }) =>
			properties['KmsMasterKeyId'] !== undefined || UNENCRYPTED_TOPICS.has(logicalId),
	),
];

/** One caller must not take what all share, and who called must be known afterwards. */
export const theApiIsBoundedAndLogged: Rule = ({ ofType }) =>
	lacking(ofType('AWS::ApiGatewayV2::Stage'), ({ properties }) => {
		const routes = properties['DefaultRouteSettings'];
		const format = JSON.parse(String(at(properties['AccessLogSettings'], 'Format')));
		return (
			Number(at(routes, 'ThrottlingRateLimit')) > 0 &&
			Number(at(routes, 'ThrottlingBurstLimit')) > 0 &&
			at(routes, 'DetailedMetricsEnabled') === true &&
			Object(format).request_id === '$context.requestId'
		);
	});

/** A log group without a retention is paid for ever. */
export const logsAreForgotten: Rule = ({ ofType }) =>
	lacking(ofType('AWS::Logs::LogGroup'), ({ properties }) => Number(properties['RetentionInDays']) > 0);

/**
 * A name of one's own keeps CloudFormation from replacing the resource, which it does by making the new one first.
 * Where a name is fixed all the same, the reason stands here.
 */
const MAY_BE_NAMED: Readonly<Record<string, string>> = {
	'AWS::ApiGatewayV2::Api': 'only shown to people; two may have the same',
	'AWS::ApiGatewayV2::Authorizer': 'belongs to its API, and goes with it',
	'AWS::ApiGatewayV2::Stage': '$default has no path of its own',
	'AWS::Lambda::Alias': 'belongs to its function, and goes with it',
	'AWS::Lambda::Function': 'osls names each; its log group and its role are made before it, by that name',
	'AWS::Logs::LogGroup': 'the services that write into it look for this name',
	'AWS::SSM::Parameter': 'the name is what others read it by',
	'AWS::StepFunctions::StateMachine': 'the starter makes its ARN of the name, else the two were a cycle',
};

/** See the list of those that may be. */
export const onlySomeAreNamed: Rule = ({ resources }) =>
	resources
		.filter(({ type, properties }) => {
			const kind = type.slice(type.lastIndexOf(':') + 1);
			return !(type in MAY_BE_NAMED) && ('Name' in properties || `${kind}Name` in properties);
		})
		.map(({ logicalId, type }) => `${logicalId} (${type}) has a name`);
