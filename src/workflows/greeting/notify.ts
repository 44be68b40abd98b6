import { StepError } from '../define-step.ts';

/** What is told of a greeting. */
export interface Notification {
	readonly taskId: string;
	readonly outcome: 'succeeded' | 'failed';
	readonly text: string;
}

export type Notify = (notification: Notification) => Promise<void>;

export interface NotifyDependencies {
	/** Publishes one JSON message to the notification topic. */
	readonly publish: (message: unknown) => Promise<void>;
	/** Posts plain text to Slack; `rate-limited` has sent nothing. */
	readonly postToSlack: (text: string) => Promise<{ readonly outcome: 'sent' | 'rate-limited' }>;
}

/**
 * Tells both places; `SlackRateLimited` where Slack takes no more for now, which the state's retries may outlast.
 * A repeated step tells them again: subscribers know a repetition by its `task_id`.
 */
export function createNotify({ publish, postToSlack }: NotifyDependencies): Notify {
	return async ({ taskId, outcome, text }) => {
		await publish({ task_id: taskId, type: 'greeting', outcome, text });
		const posted = await postToSlack(text);
		if (posted.outcome === 'rate-limited')
			throw new StepError('SlackRateLimited', 'Slack takes no more for now.');
	};
}
