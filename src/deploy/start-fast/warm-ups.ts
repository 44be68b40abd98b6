import { CANNED_TASK_ID } from './canned-aws.ts';
import { httpEvent } from './http-event.ts';

const TASK = {
	task_id: CANNED_TASK_ID,
	principal: 'local',
	type: 'greeting',
	created_at_ms: 1_767_225_600_000,
	data: { name: 'Ada' },
};

const sqsEvent = (body: object) => ({
	Records: [{ messageId: '1', body: JSON.stringify(body), messageAttributes: {} }],
});

const statusEvent = (status: string, more: object = {}) =>
	sqsEvent({
		'detail-type': 'Step Functions Execution Status Change',
		detail: {
			executionArn: 'arn:aws:states:us-east-1:000000000000:execution:greeting:1',
			stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:greeting',
			name: `${CANNED_TASK_ID}-${TASK.created_at_ms}`,
			status,
			startDate: TASK.created_at_ms,
			input: JSON.stringify(TASK),
			...more,
		},
	});

/**
 * What a function is given before its code cache is made: the events of its first moments, since V8 keeps the code of
 * what has run. A function that is not named is loaded only.
 */
export const WARM_UPS: Readonly<Record<string, readonly unknown[]>> = {
	api: [
		httpEvent('POST', '/v1/tasks', '{"type":"greeting","data":{"name":"Ada"}}'),
		httpEvent('GET', `/v1/tasks/${CANNED_TASK_ID}`),
	],
	starter: [sqsEvent(TASK)],
	listener: [
		statusEvent('RUNNING'),
		statusEvent('SUCCEEDED', { stopDate: TASK.created_at_ms + 9, output: '{"message":"Hello Ada"}' }),
	],
};

/** Everything that some function reads of its environment, in a form that it takes. */
export const WARM_UP_ENVIRONMENT = {
	AWS_REGION: 'us-east-1',
	AWS_ACCESS_KEY_ID: 'x',
	AWS_SECRET_ACCESS_KEY: 'x',
	POWERTOOLS_SERVICE_NAME: 'task-api',
	POWERTOOLS_LOG_LEVEL: 'INFO',
	API_STAGE: 'warm-up',
	ALLOWED_ORIGINS: '*',
	AUTH: 'none',
	CALLBACK_SECRET_ARN: 'arn',
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
	TASKS_PER_MINUTE: '0',
	VALIDATION_URL: 'http://127.0.0.1',
};
