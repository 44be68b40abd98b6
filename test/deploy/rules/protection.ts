import { failingIds, memberOf, objectsOf, type Rule, textsOf } from './rule.ts';

/** Topics that may be unencrypted, with the reason. */
const UNENCRYPTED_TOPICS: ReadonlyMap<string, string> = new Map([
	['AlarmTopic', 'CloudWatch cannot use the AWS managed key, and alarms contain no task data'],
]);

/** CloudFormation never deletes the rows, and a backup of any second exists. */
export const tablesAreRetained: Rule = ({ stage, template, ofType }) =>
	failingIds(ofType('AWS::DynamoDB::Table'), ({ logicalId, properties }) => {
		const { DeletionPolicy, UpdateReplacePolicy } = Object(template.Resources[logicalId]);
		return (
			DeletionPolicy === 'Retain' &&
			UpdateReplacePolicy === 'Retain' &&
			memberOf(properties['TimeToLiveSpecification'], 'Enabled') === true &&
			memberOf(properties['PointInTimeRecoverySpecification'], 'PointInTimeRecoveryEnabled') === true &&
			memberOf(properties['SSESpecification'], 'SSEEnabled') === true &&
			(properties['DeletionProtectionEnabled'] === true || stage !== 'prod')
		);
	});

/** Objects are readable only through URLs that the API has signed. */
export const bucketsArePrivate: Rule = ({ ofType }) =>
	failingIds(ofType('AWS::S3::Bucket'), ({ properties }) => {
		const access = properties['PublicAccessBlockConfiguration'];
		return (
			['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'].every(
				(each) => memberOf(access, each) === true,
			) && objectsOf(memberOf(properties['BucketEncryption'], 'ServerSideEncryptionConfiguration')).length > 0
		);
	});

/** Messages contain task data. */
export const queuesAndTopicsAreEncrypted: Rule = ({ ofType }) => [
	...failingIds(
		ofType('AWS::SQS::Queue'),
		({ properties }) =>
			properties['SqsManagedSseEnabled'] === true || properties['KmsMasterKeyId'] !== undefined,
	),
	...failingIds(
		ofType('AWS::SNS::Topic'),
		({ logicalId, properties }) =>
			properties['KmsMasterKeyId'] !== undefined || UNENCRYPTED_TOPICS.has(logicalId),
	),
];

/** Every queue, topic and bucket denies requests without TLS. */
export const requestsUseTls: Rule = ({ ofType }) => {
	const denied = new Set(
		['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy']
			.flatMap(ofType)
			.flatMap(({ properties }) => objectsOf(memberOf(properties['PolicyDocument'], 'Statement')))
			.filter(
				(statement) =>
					statement['Effect'] === 'Deny' &&
					statement['Principal'] === '*' &&
					String(memberOf(statement, 'Condition', 'Bool', 'aws:SecureTransport')) === 'false',
			)
			.flatMap((statement) => textsOf(statement['Resource'])),
	);
	return [
		...failingIds([...ofType('AWS::SQS::Queue'), ...ofType('AWS::S3::Bucket')], ({ attributes }) =>
			denied.has(String(attributes['Arn'])),
		),
		...failingIds(ofType('AWS::SNS::Topic'), ({ ref }) => denied.has(ref)),
	];
};

/** One caller must not use up the capacity of all, and the access log must name callers. */
export const theApiIsThrottledAndLogged: Rule = ({ ofType }) =>
	failingIds(ofType('AWS::ApiGatewayV2::Stage'), ({ properties }) => {
		const routes = properties['DefaultRouteSettings'];
		const format = JSON.parse(String(memberOf(properties['AccessLogSettings'], 'Format')));
		return (
			Number(memberOf(routes, 'ThrottlingRateLimit')) > 0 &&
			Number(memberOf(routes, 'ThrottlingBurstLimit')) > 0 &&
			memberOf(routes, 'DetailedMetricsEnabled') === true &&
			Object(format).request_id === '$context.requestId'
		);
	});

/** A log group without retention costs more every month. */
export const logsExpire: Rule = ({ ofType }) =>
	failingIds(ofType('AWS::Logs::LogGroup'), ({ properties }) => Number(properties['RetentionInDays']) > 0);

/** CloudFormation cannot replace a resource with a fixed name, so each type that has one needs a reason. */
const NAMED_TYPES: Readonly<Record<string, string>> = {
	'AWS::ApiGatewayV2::Api': 'a display name that need not be unique',
	'AWS::ApiGatewayV2::Authorizer': 'unique within its API',
	'AWS::ApiGatewayV2::Stage': '$default has no path of its own',
	'AWS::Lambda::Alias': 'unique within its function',
	'AWS::Lambda::Function':
		'osls derives it; the log group and the role are created before the function by that name',
	'AWS::Logs::LogGroup': 'services write to a log group by this name',
	'AWS::Logs::QueryDefinition': 'required; people choose a saved query by it',
	'AWS::SSM::Parameter': 'other services read it by this name',
	'AWS::StepFunctions::StateMachine':
		'the starter builds the ARN from the name, because a reference would be a cycle',
};

/** Only the types above have fixed names. */
export const physicalNamesHaveAReason: Rule = ({ resources }) =>
	resources
		.filter(({ type, properties }) => {
			const kind = type.slice(type.lastIndexOf(':') + 1);
			return !(type in NAMED_TYPES) && ('Name' in properties || `${kind}Name` in properties);
		})
		.map(({ logicalId, type }) => `${logicalId} (${type}) has a name`);
