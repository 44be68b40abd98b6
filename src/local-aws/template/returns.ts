import { createHash } from 'node:crypto';
import { type Json, textOf } from '../json.ts';

/** Region, account, name and URLs of the stack. */
export interface Place {
	readonly region: string;
	readonly accountId: string;
	readonly stackName: string;
	/** URL of the AWS endpoint, which is part of queue URLs. */
	readonly awsEndpoint: string;
	/** URL of the HTTP API. */
	readonly apiEndpoint: string;
}

/** The `Ref` and `GetAtt` values of a resource. */
export interface Returned {
	readonly ref: string;
	readonly attributes: Readonly<Record<string, string>>;
}

type Properties = Readonly<Record<string, Json>>;
type Returns = (logicalId: string, properties: Properties, place: Place) => Returned;

/** Returns the function that computes `Ref` and `GetAtt` values, or undefined for an unknown type. */
export function returnsOf(type: string): Returns | undefined {
	return RETURNS[type];
}

function arn(place: Place, service: string, resource: string): string {
	return `arn:aws:${service}:${place.region}:${place.accountId}:${resource}`;
}

/** Returns a name like CloudFormation's, but deterministic: stack, logical ID and 12 letters of their hash. */
function generated(place: Place, logicalId: string): string {
	const suffix = createHash('sha256')
		.update(`${place.stackName}/${logicalId}`)
		.digest('hex')
		.slice(0, 12)
		.toUpperCase();
	return `${place.stackName}-${logicalId}-${suffix}`;
}

function nameOf(property: string) {
	return (logicalId: string, properties: Properties, place: Place): string => {
		const name = properties[property];
		return typeof name === 'string' ? name : generated(place, logicalId);
	};
}

/** A type whose `Ref` is its name, which is part of its `Arn`. */
function named(property: string, service: string, resource: (name: string) => string): Returns {
	const name = nameOf(property);
	return (logicalId, properties, place) => {
		const ref = name(logicalId, properties, place);
		return { ref, attributes: { Arn: arn(place, service, resource(ref)) } };
	};
}

/** A type whose Ref is its ARN, with more attributes. */
function byArn(
	property: string,
	service: string,
	resource: (name: string) => string,
	attributes: (arn: string, name: string) => Record<string, string> = () => ({}),
): Returns {
	const name = nameOf(property);
	return (logicalId, properties, place) => {
		const own = name(logicalId, properties, place);
		const ref = arn(place, service, resource(own));
		return { ref, attributes: attributes(ref, own) };
	};
}

/** A type with a Ref only. */
const plain: Returns = (logicalId, _, place) => ({ ref: generated(place, logicalId), attributes: {} });

const queue: Returns = (logicalId, properties, place) => {
	const name = nameOf('QueueName')(logicalId, properties, place);
	const ref = `${place.awsEndpoint}/${place.accountId}/${name}`;
	return { ref, attributes: { Arn: arn(place, 'sqs', name), QueueName: name, QueueUrl: ref } };
};

const bucket: Returns = (logicalId, properties, place) => {
	const ref = nameOf('BucketName')(logicalId, properties, place).toLowerCase();
	const DomainName = `${ref}.s3.amazonaws.com`;
	return {
		ref,
		attributes: {
			Arn: `arn:aws:s3:::${ref}`,
			DomainName,
			RegionalDomainName: `${ref}.s3.${place.region}.amazonaws.com`,
		},
	};
};

const table: Returns = (logicalId, properties, place) => {
	const { ref, attributes } = named('TableName', 'dynamodb', (name) => `table/${name}`)(
		logicalId,
		properties,
		place,
	);
	return {
		ref,
		attributes: { ...attributes, StreamArn: `${attributes['Arn']}/stream/2026-01-01T00:00:00.000` },
	};
};

const role: Returns = (logicalId, properties, place) => {
	const ref = nameOf('RoleName')(logicalId, properties, place);
	return { ref, attributes: { Arn: `arn:aws:iam::${place.accountId}:role/${ref}`, RoleId: ref } };
};

const logGroup: Returns = (logicalId, properties, place) => {
	const ref = nameOf('LogGroupName')(logicalId, properties, place);
	return { ref, attributes: { Arn: `${arn(place, 'logs', `log-group:${ref}`)}:*` } };
};

const api: Returns = (logicalId, _, { apiEndpoint }) => ({
	ref: logicalId.toLowerCase(),
	attributes: { ApiEndpoint: apiEndpoint, ApiId: logicalId.toLowerCase() },
});

const version: Returns = (_, { FunctionName }, place) => {
	const name = textOf(FunctionName);
	const function_ = name.startsWith('arn:') ? name : arn(place, 'lambda', `function:${name}`);
	return { ref: `${function_}:1`, attributes: { FunctionArn: `${function_}:1`, Version: '1' } };
};

const alias: Returns = (_, { FunctionName, Name }, place) => {
	const name = textOf(FunctionName);
	const function_ = name.startsWith('arn:') ? name : arn(place, 'lambda', `function:${name}`);
	return { ref: `${function_}:${textOf(Name)}`, attributes: { AliasArn: `${function_}:${textOf(Name)}` } };
};

const parameter: Returns = (logicalId, properties, place) => ({
	ref: nameOf('Name')(logicalId, properties, place),
	attributes: { Type: textOf(properties['Type']), Value: textOf(properties['Value']) },
});

const schedule: Returns = (logicalId, properties, place) => {
	const group = textOf(properties['GroupName'] ?? 'default');
	return named('Name', 'scheduler', (name) => `schedule/${group}/${name}`)(logicalId, properties, place);
};

const RETURNS: Readonly<Record<string, Returns>> = {
	'AWS::ApiGatewayV2::Api': api,
	'AWS::ApiGatewayV2::Authorizer': plain,
	'AWS::ApiGatewayV2::Integration': plain,
	'AWS::ApiGatewayV2::Route': plain,
	'AWS::ApiGatewayV2::Stage': (_, properties) => ({ ref: textOf(properties['StageName']), attributes: {} }),
	'AWS::ApiGatewayV2::ApiMapping': plain,
	'AWS::CDK::Metadata': plain,
	'AWS::CloudWatch::Alarm': named('AlarmName', 'cloudwatch', (name) => `alarm:${name}`),
	'AWS::CloudWatch::CompositeAlarm': named('AlarmName', 'cloudwatch', (name) => `alarm:${name}`),
	'AWS::CloudWatch::Dashboard': plain,
	'AWS::CodeDeploy::Application': plain,
	'AWS::CodeDeploy::DeploymentGroup': plain,
	'AWS::DynamoDB::Table': table,
	'AWS::Events::Rule': named('Name', 'events', (name) => `rule/${name}`),
	'AWS::IAM::ManagedPolicy': plain,
	'AWS::IAM::Policy': plain,
	'AWS::IAM::Role': role,
	'AWS::Lambda::Alias': alias,
	'AWS::Lambda::EventInvokeConfig': plain,
	'AWS::Lambda::EventSourceMapping': plain,
	'AWS::Lambda::Function': named('FunctionName', 'lambda', (name) => `function:${name}`),
	'AWS::Lambda::Permission': plain,
	'AWS::Lambda::Version': version,
	'AWS::Logs::LogGroup': logGroup,
	'AWS::Logs::QueryDefinition': plain,
	'AWS::Logs::MetricFilter': plain,
	'AWS::S3::Bucket': bucket,
	'AWS::S3::BucketPolicy': plain,
	'AWS::SNS::Subscription': plain,
	'AWS::SNS::Topic': byArn(
		'TopicName',
		'sns',
		(name) => name,
		(TopicArn, TopicName) => ({ TopicArn, TopicName }),
	),
	'AWS::SNS::TopicPolicy': plain,
	'AWS::SQS::Queue': queue,
	'AWS::SQS::QueuePolicy': plain,
	'AWS::SSM::Parameter': parameter,
	'AWS::Scheduler::Schedule': schedule,
	'AWS::Scheduler::ScheduleGroup': named('Name', 'scheduler', (name) => `schedule-group/${name}`),
	'AWS::SecretsManager::ResourcePolicy': plain,
	'AWS::SecretsManager::Secret': byArn(
		'Name',
		'secretsmanager',
		(name) => `secret:${name}`,
		(Id) => ({ Id }),
	),
	'AWS::StepFunctions::StateMachine': byArn(
		'StateMachineName',
		'states',
		(name) => `stateMachine:${name}`,
		(Arn, Name) => ({ Arn, Name, StateMachineRevisionId: '1' }),
	),
	'AWS::StepFunctions::StateMachineAlias': plain,
	'AWS::StepFunctions::StateMachineVersion': plain,
};
