type Resources = Readonly<
	Record<string, { Type: string; DeletionPolicy?: string; Properties: Record<string, unknown> }>
>;

/** For each rule, a change of the template that breaks it. */
export const BREAKS: Readonly<Record<string, (resources: Resources) => void>> = {
	everyQueueHasADeadLetterQueue: without('StartQueue', 'RedrivePolicy'),
	deadLettersAreKeptFor14Days: without('StatusDeadLetterQueue', 'MessageRetentionPeriod'),
	everySubscribedQueueHasADeadLetterQueue: without('StartSubscription', 'RedrivePolicy'),
	everyRuleTargetHasADeadLetterQueue: change('StatusRule', { Targets: [{ Id: 'x', Arn: 'arn:aws:sns:x' }] }),
	everySenderMaySend: change('StatusQueuePolicy', { PolicyDocument: { Statement: [] } }),
	visibilityTimeoutIsSixTimesTheFunctionTimeout: change('StartQueue', { VisibilityTimeout: 59 }),
	mappingsAreBounded: eachOf('AWS::Lambda::EventSourceMapping', { FunctionResponseTypes: [] }),
	onlyAliasesAreCalled: eachOf('AWS::Events::Rule', {
		Targets: [{ Id: 'x', Arn: { 'Fn::GetAtt': ['ApiLambdaFunction', 'Arn'] } }],
	}),
	everyFunctionIsDeployedByItsAlias: change('ApiDeploymentGroup', {
		DeploymentConfigName: 'CodeDeployDefault.LambdaAllAtOnce',
	}),
	everyMetricExists: change('StuckTasksAlarm', { Dimensions: [{ Name: 'service', Value: 'task-api' }] }),
	everyGraphHasMetrics: change('Dashboard', {
		DashboardBody: '{"widgets":[{"type":"metric","properties":{"metrics":[["AWS/SQS","Depth",{}]]}}]}',
	}),
	everyAlarmNotifiesTheTopic: without('StuckTasksAlarm', 'AlarmActions'),
	everyFailureHasAnAlarm: change('ApiThrottlesAlarm', { MetricName: 'Duration' }),
	theDashboardShowsEveryAlarm: change('Dashboard', { DashboardBody: '{}' }),
	everyWildcardHasAReason: eachOf('AWS::IAM::Role', allowing('dynamodb:PutItem', '*')),
	rolesHaveNoManagedPolicies: change('ApiRole', { ManagedPolicyArns: ['arn:aws:iam::aws:policy/x'] }),
	consumersMayReadTheirQueues: change('StarterRole', allowing('sqs:ReceiveMessage', '*')),
	stateMachinesMayCallTheirServices: eachOf('AWS::IAM::Role', allowing('sns:Publish', '*')),
	functionsRunOnOneRuntime: change('ApiLambdaFunction', { Architectures: ['x86_64'] }),
	functionsShareNothing: change('ApiLambdaFunction', { Handler: '.build/starter/index.handler' }),
	apiFunctionsAnswerInTime: change('ApiLambdaFunction', { Timeout: 30 }),
	stateMachinesLogAndTrace: eachOf('AWS::StepFunctions::StateMachine', {
		LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true },
	}),
	tablesAreRetained: without('TaskTable', 'DeletionProtectionEnabled'),
	bucketsArePrivate: eachOf('AWS::S3::Bucket', { BucketEncryption: {} }),
	requestsUseTls: change('AlarmTopicPolicy', { PolicyDocument: { Statement: [] } }),
	trustPoliciesNameTheAccount: change('CodeDeployRole', {
		AssumeRolePolicyDocument: {
			Statement: [{ Effect: 'Allow', Principal: { Service: 'codedeploy.amazonaws.com' } }],
		},
	}),
	onlyHttpFunctionsWatchTheApi: change('StarterDeploymentGroup', {
		AlarmConfiguration: { Enabled: true, Alarms: [{ Name: { Ref: 'HttpApiServerErrorsAlarm' } }] },
	}),
	queuesAndTopicsAreEncrypted: without('TaskTopic', 'KmsMasterKeyId'),
	theApiIsThrottledAndLogged: change('HttpApiStage', {
		DefaultRouteSettings: { DetailedMetricsEnabled: true },
	}),
	logsExpire: eachOf('AWS::Logs::LogGroup', { RetentionInDays: 0 }),
	physicalNamesHaveAReason: change('StartQueue', { QueueName: 'start' }),
};

function allowing(Action: string, Resource: string) {
	return { Policies: [{ PolicyDocument: { Statement: [{ Effect: 'Allow', Action, Resource }] } }] };
}

function change(logicalId: string, properties: Readonly<Record<string, unknown>>) {
	return (resources: Resources) => {
		Object.assign(found(resources, logicalId).Properties, properties);
	};
}

function without(logicalId: string, property: string) {
	return (resources: Resources) => {
		const { Properties } = found(resources, logicalId);
		if (!(property in Properties)) throw new Error(`${logicalId} has no ${property} to remove.`);
		delete Properties[property];
	};
}

function eachOf(type: string, properties: Readonly<Record<string, unknown>>) {
	return (resources: Resources) => {
		for (const { Type, Properties } of Object.values(resources))
			if (Type === type) Object.assign(Properties, properties);
	};
}

function found(resources: Resources, logicalId: string): Resources[string] {
	const resource = resources[logicalId];
	if (resource === undefined) throw new Error(`The template has no ${logicalId}.`);
	return resource;
}
