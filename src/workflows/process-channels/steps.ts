import * as Type from 'typebox';
import { createDynamoDbClient, createSecretsManagerClient, createSnsClient } from '../../aws/clients.ts';
import { withInvocation } from '../../aws/invocation.ts';
import { createLog } from '../../aws/log.ts';
import { createProgressReporter } from '../../aws/progress-reporter.ts';
import { createPublisher } from '../../aws/publishers.ts';
import { createSecretReader } from '../../aws/secret-reader.ts';
import { parseConfig, Text } from '../../config.ts';
import { createSlack, joinLines, type PostToSlack, type SlackMessage } from '../../partners/slack.ts';
import type { Progress } from '../../tasks/task.ts';
import { createStepsHandler, defineStep, StepError } from '../define-steps.ts';

const Environment = Type.Object({ NOTIFICATION_TOPIC_ARN: Text, SLACK_SECRET_ARN: Text, TASK_TABLE: Text });

/** The message published for one channel. Subscribers recognise a duplicate by `task_id` and `index`. */
export interface Announcement {
	readonly task_id: string;
	readonly type: 'process-channels';
	readonly channel: string;
	/** The position of the channel in the task, from 0. */
	readonly index: number;
	readonly note?: string;
}

/** The connections that the steps use. */
export interface ProcessChannelsDependencies {
	/** Publishes to the notification topic. Subscribers can filter by the attributes. */
	readonly publish: (announcement: Announcement, attributes: { readonly channel: string }) => Promise<void>;
	readonly postToSlack: PostToSlack;
}

const CHANNEL_NAME = /^[#@]?[\p{L}\p{N}._-]+$/u;

const Summary = Type.Object({
	processed: Type.Integer({ minimum: 0 }),
	failed_count: Type.Integer({ minimum: 0 }),
	failed: Type.Array(Type.String()),
});

/** The steps of a process-channels task, by state. */
export const steps = {
	/** Announces the note to one channel. */
	ProcessChannel: defineStep({
		input: Type.Object({
			channel: Type.String(),
			index: Type.Integer({ minimum: 0 }),
			count: Type.Integer({ minimum: 1 }),
			note: Type.Union([Type.String(), Type.Null()]),
		}),
		async run(
			{ channel, index, count, note },
			{ taskId, progress },
			{ publish }: ProcessChannelsDependencies,
		) {
			const report = channelProgress(index, count);
			if (report !== undefined) await progress(report);
			if (!CHANNEL_NAME.test(channel)) throw new StepError('ChannelInvalid', 'The channel name is invalid.');
			await publish(
				{ task_id: taskId, type: 'process-channels', channel, index, ...(note === null ? {} : { note }) },
				{ channel },
			);
			return null;
		},
	}),

	/** Posts the summary to Slack. A rate limit is a result, so that the state machine waits as long as Slack asks for. */
	NotifySlack: defineStep({
		input: Summary,
		async run(summary, { taskId }, { postToSlack }: ProcessChannelsDependencies) {
			const posted = await postToSlack(slackSummary(taskId, summary));
			return posted.outcome === 'rate-limited'
				? { outcome: posted.outcome, retry_after_seconds: posted.retryAfterSeconds }
				: { outcome: posted.outcome };
		},
	}),
};

/** The `MaxConcurrency` of the definition. */
export const MAX_CONCURRENCY = 10;

/**
 * Returns the progress that is certain when the channel at `index` (from 0) of `count` starts: all earlier channels have
 * finished except the nine that may still run beside it. Returns `undefined` if the percentage equals that of the
 * previous channel, so that a task has at most 100 reports.
 */
export function channelProgress(index: number, count: number): Progress | undefined {
	const percent = percentAt(index, count);
	if (index > 0 && percent === percentAt(index - 1, count)) return undefined;
	return { percent, message: `${finishedAt(index)} of ${count} channels` };
}

function percentAt(index: number, count: number): number {
	return Math.floor((100 * finishedAt(index)) / count);
}

function finishedAt(index: number): number {
	return Math.max(0, index - (MAX_CONCURRENCY - 1));
}

/** The result of the task lists all failed channels; the message only the first ones. */
const MAX_NAMED_CHANNELS = 20;

/** Returns the message for Slack: the counts and the first 20 failed channels. */
export function slackSummary(
	taskId: string,
	{ processed, failed_count, failed }: Type.Static<typeof Summary>,
): SlackMessage {
	const counts = `${processed} of ${processed + failed_count} channels processed, ${failed_count} failed`;
	const named = failed.slice(0, MAX_NAMED_CHANNELS);
	const unnamed = failed_count - named.length;
	const list = [
		'Failed:',
		...named.map((channel) => `• ${channel}`),
		...(unnamed > 0 ? [`and ${unnamed} more`] : []),
	];
	return {
		text: `process-channels: ${counts}`,
		sections: [`Task ${taskId}\n${counts}`, ...(failed_count > 0 ? joinLines(list) : [])],
	};
}

/** The Lambda handler of the steps. */
export const handler = withInvocation(
	createStepsHandler({
		steps,
		log: createLog(),
		connect() {
			const config = parseConfig(Environment);
			const now = Date.now;
			const dependencies: ProcessChannelsDependencies = {
				publish: createPublisher(createSnsClient(), config.NOTIFICATION_TOPIC_ARN),
				postToSlack: createSlack({
					webhookUrl: createSecretReader(createSecretsManagerClient(), config.SLACK_SECRET_ARN),
					now,
				}),
			};
			const progressReporter = createProgressReporter(createDynamoDbClient(), config.TASK_TABLE, now);
			return { dependencies, progressReporter };
		},
	}),
);
