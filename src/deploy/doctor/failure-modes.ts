/** A way in which a stage can fail, and the alarms that fire. */
export interface FailureMode {
	readonly failure: string;
	/** Patterns of the logical ids of the alarms. A pattern may match one alarm per function, queue or workflow. */
	readonly alarms: readonly RegExp[];
	/** The first step of the operator. */
	readonly firstStep: string;
}

/** Every failure mode that has alarms. A test compares the patterns with the alarms of the packaged templates. */
export const FAILURE_MODES: readonly FailureMode[] = [
	{
		failure: 'Messages move to a dead-letter queue',
		alarms: [/^\w+DeadLetterQueueReceivedAlarm$/, /^\w+DeadLetterQueueBacklogAlarm$/],
		firstStep: 'Read the log of deadLetters: it names each task. The reconciler repairs the tasks.',
	},
	{
		failure: 'Status mirroring fails: tasks end late',
		alarms: [/^ListenerFailedRecordsAlarm$/, /^StatusQueueBacklogAlarm$/, /^DeadLettersFailedRecordsAlarm$/],
		firstStep: 'Search the log of listener for "record failed".',
	},
	{
		failure: 'The status rule is disabled or cannot deliver',
		alarms: [/^StatusRuleSilentAlarm$/, /^StatusRuleFailedInvocationsAlarm$/],
		firstStep:
			'aws events enable-rule --name <rule>; for failed invocations deploy again to restore the policy.',
	},
	{
		failure: 'Accepted tasks do not start',
		alarms: [/^StarterFailedRecordsAlarm$/, /^StartQueueBacklogAlarm$/, /^StuckTasksAlarm$/],
		firstStep: 'Search the log of starter for "record failed", then check the quotas of Step Functions.',
	},
	{
		failure: 'The reconciler does not run or is late',
		alarms: [
			/^ReconcileLagAlarm$/,
			/^StuckTasksAlarm$/,
			/^UnreadIndexShardsAlarm$/,
			/^ReconcilerErrorsAlarm$/,
		],
		firstStep: 'Read the log of reconciler. Without any data the schedule is disabled.',
	},
	{
		failure: 'The API answers 5xx or slowly',
		alarms: [/^HttpApiServerErrorsAlarm$/, /^HttpApiLatencyAlarm$/],
		firstStep: 'Query the access log for the route, then follow one request (src/deploy/README.md).',
	},
	{
		failure: 'Webhooks are not delivered',
		alarms: [/^DeadDeliveriesAlarm$/, /^WebhookSenderFailedRecordsAlarm$/, /^WebhookQueueBacklogAlarm$/],
		firstStep:
			'Search the log of webhookSender for "webhook attempt failed": each line names the webhook and the reason.',
	},
	{
		failure: 'Schedules create no tasks',
		alarms: [
			/^ScheduleRunnerErrorsAlarm$/,
			/^ScheduleRunnerFailedRecordsAlarm$/,
			/^ScheduleDeadLetterQueueReceivedAlarm$/,
		],
		firstStep:
			'Read the log of scheduleRunner. It repeats failed runs for 12 hours, then GET /v1/schedules/{id}/tasks lists them as lost.',
	},
	{
		failure: 'Callbacks answer 5xx: approvals do not arrive',
		alarms: [/^HttpApiCallbackErrorsAlarm$/],
		firstStep: 'Read the log of callbacks. Senders may repeat a callback.',
	},
	{
		failure: 'Every caller gets 401 or 429',
		alarms: [/^HttpApiUnauthorizedAlarm$/, /^HttpApiRateLimitedAlarm$/],
		firstStep:
			'authorizer_error in the access log has the reason of a 401; apiRateLimit and tasksPerMinute cause 429.',
	},
	{
		failure: 'Cold starts take twice as long: V8 rejects the code caches',
		alarms: [/^CodeCacheRejectedAlarm$/],
		firstStep: 'Package on arm64 with the Node version of the Lambda runtime, and deploy.',
	},
	{
		failure: 'A workflow succeeds with results that its schema does not allow',
		alarms: [/^InvalidResultsAlarm$/],
		firstStep:
			'Search the log of listener for "result does not match its schema"; fix the workflow and rerun its tasks.',
	},
	{
		failure: 'A workflow or a function fails, times out or is throttled',
		alarms: [
			/^\w+StateMachineFailuresAlarm$/,
			/^\w+StateMachineTimeoutsAlarm$/,
			/^\w+ErrorsAlarm$/,
			/^\w+ThrottlesAlarm$/,
		],
		firstStep: 'Open the latest failed execution, or the log of the function.',
	},
];

/** The failure modes as text for a terminal. */
export function explainAlarms(): string {
	return FAILURE_MODES.map(
		({ failure, alarms, firstStep }, index) =>
			`${index + 1}. ${failure}\n   alarms:     ${alarms.map(nameOf).join(', ')}\n   first step: ${firstStep}`,
	).join('\n');
}

/** `^\w+ErrorsAlarm$` is shown as `<name>ErrorsAlarm`. */
export function nameOf({ source }: RegExp): string {
	return source.replace(/^\^/, '').replace(/\$$/, '').replace('\\w+', '<name>');
}
