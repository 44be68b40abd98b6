import * as Type from 'typebox';
import { defineStep } from '../../define-step.ts';
import { slackSummary } from '../slack-summary.ts';

export interface NotifySlackDependencies {
	/** Posts plain text to Slack, each section a paragraph. */
	readonly postToSlack: (
		message: ReturnType<typeof slackSummary>,
	) => Promise<{ outcome: 'sent' } | { outcome: 'rate-limited'; retryAfterSeconds: number }>;
}

/** Tells Slack how the channels went. `rate-limited` is an answer: the state machine waits as long as Slack asks for. */
export function createNotifySlack({ postToSlack }: NotifySlackDependencies) {
	return defineStep({
		input: Type.Object({
			processed: Type.Integer({ minimum: 0 }),
			failed_count: Type.Integer({ minimum: 0 }),
			failed: Type.Array(Type.String()),
		}),
		async run({ processed, failed_count, failed }, { taskId }) {
			const posted = await postToSlack(
				slackSummary(taskId, { processed, failedCount: failed_count, failed }),
			);
			return posted.outcome === 'sent'
				? { outcome: posted.outcome }
				: { outcome: posted.outcome, retry_after_seconds: posted.retryAfterSeconds };
		},
	});
}
