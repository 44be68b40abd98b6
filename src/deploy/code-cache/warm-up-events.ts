/** An HTTP API event in payload version 2.0. */
export function httpEvent(method: string, path: string, body?: string) {
	return {
		version: '2.0',
		routeKey: '$default',
		rawPath: path,
		rawQueryString: '',
		headers: {
			accept: '*/*',
			'content-length': String(body?.length ?? 0),
			...(body === undefined ? {} : { 'content-type': 'application/json' }),
			host: 'abc.execute-api.us-east-1.amazonaws.com',
			'user-agent': 'curl/8.5.0',
			'x-forwarded-for': '192.0.2.1',
			'x-forwarded-port': '443',
			'x-forwarded-proto': 'https',
		},
		requestContext: {
			accountId: '000000000000',
			apiId: 'abc',
			domainName: 'abc.execute-api.us-east-1.amazonaws.com',
			domainPrefix: 'abc',
			http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'curl/8.5.0' },
			requestId: 'request-1',
			routeKey: '$default',
			stage: '$default',
			time: '01/Jan/2026:00:00:00 +0000',
			timeEpoch: 1_767_225_600_000,
		},
		...(body === undefined ? {} : { body }),
		isBase64Encoded: false,
	};
}

const TASK = {
	task_id: '019b76da-e095-7290-a95a-67d8f1b7fbb0',
	principal: 'local',
	type: 'greeting',
	created_at_ms: 1_767_225_600_000,
};

const MESSAGE = { task: TASK, data: { name: 'Ada' } };

const sqsEvent = (body: object) => ({
	Records: [{ messageId: '1', body: JSON.stringify(body), messageAttributes: {} }],
});

const statusEvent = (status: string, more: object = {}) =>
	sqsEvent({
		'detail-type': 'Step Functions Execution Status Change',
		detail: {
			executionArn: 'arn:aws:states:us-east-1:000000000000:execution:greeting:1',
			stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:greeting',
			name: `${TASK.task_id}-${TASK.created_at_ms}`,
			status,
			startDate: TASK.created_at_ms,
			input: JSON.stringify(MESSAGE),
			...more,
		},
	});

/**
 * Events that each function handles before its code cache is made: V8 keeps the functions that have run by then.
 * A function without events is only loaded.
 */
export const WARM_UP_EVENTS: Readonly<Record<string, readonly unknown[]>> = {
	api: [
		httpEvent(
			'POST',
			'/v1/tasks',
			'{"type":"greeting","data":{"name":"Grace Hopper"},"tags":{"team":"navy"}}',
		),
		httpEvent('GET', `/v1/tasks/${TASK.task_id}`),
	],
	starter: [sqsEvent(MESSAGE)],
	listener: [
		statusEvent('RUNNING'),
		statusEvent('SUCCEEDED', { stopDate: TASK.created_at_ms + 9, output: '{"message":"Hello Ada"}' }),
	],
};

/** Every environment variable that some function reads, with a valid value. */
export const WARM_UP_ENVIRONMENT = {
	AWS_REGION: 'us-east-1',
	AWS_ACCESS_KEY_ID: 'x',
	AWS_SECRET_ACCESS_KEY: 'x',
	POWERTOOLS_SERVICE_NAME: 'task-api',
	POWERTOOLS_LOG_LEVEL: 'INFO',
	API_STAGE: 'warm-up',
	START_DEADLINE_SECONDS: '86400',
	EVENTS_PER_MINUTE: '0',
	PRINCIPAL_CLAIM: 'sub',
	READ_SCOPE: 'tasks:read',
	SCHEDULE_DEAD_LETTER_QUEUE_ARN: 'arn',
	SCHEDULE_GROUP: 'task-api-warm-up',
	SCHEDULE_ROLE_ARN: 'arn',
	SCHEDULE_RUNNER_ARN: 'arn',
	SCHEDULE_SCOPE: 'schedules:write',
	SCOPE_CLAIMS: 'scope,scp',
	SCOPE_PREFIX: '',
	WEBHOOK_ADDRESSES: 'public',
	WEBHOOK_QUEUE_URL: 'http://127.0.0.1/queue',
	WEBHOOK_SCOPE: 'webhooks:write',
	WEBHOOK_SECRET_ARN: 'arn',
	WRITE_SCOPE: 'tasks:write',
	AUTH: 'none',
	API_URL: 'http://127.0.0.1',
	APPROVAL_SECRET_ARN: 'arn',
	CALLBACK_SECRET_ARN: 'arn',
	FIXED_CALLBACK_TOKENS: '{}',
	JIRA_SUCCESS_STATUSES: 'Done',
	JIRA_FAILURE_STATUSES: 'Rejected',
	CURSOR_SECRET_ARN: 'arn',
	DEPLOYMENT_URL: 'http://127.0.0.1',
	GREETING_TRANSIENT_RATE: '0',
	INVENTORY_URL: 'http://127.0.0.1',
	NOTIFICATION_TOPIC_ARN: 'arn',
	NOTIFICATION_URL: 'http://127.0.0.1',
	OUTPUT_BUCKET: 'outputs',
	PARTNER_TOKENS_SECRET_ARN: 'arn',
	SERVICE_VERSION: '1.0.0',
	SLACK_SECRET_ARN: 'arn',
	STATE_MACHINE_ARN_PREFIX: 'arn:aws:states:us-east-1:000000000000:stateMachine:task-api-warm-up-',
	TASK_RETENTION_SECONDS: '3600',
	TASK_TABLE: 'tasks',
	TASK_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:tasks',
	START_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/000000000000/starts',
	TASKS_PER_MINUTE: '0',
	VALIDATION_URL: 'http://127.0.0.1',
};
