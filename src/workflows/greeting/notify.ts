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
	/** Posts plain text to Slack. */
	readonly postToSlack: (text: string) => Promise<void>;
}

/** Tells both places. A repeated step tells them again: subscribers know a repetition by its `task_id`. */
export function createNotify({ publish, postToSlack }: NotifyDependencies): Notify {
	return async ({ taskId, outcome, text }) => {
		await publish({ task_id: taskId, type: 'greeting', outcome, text });
		await postToSlack(text);
	};
}
