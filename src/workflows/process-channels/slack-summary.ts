/** How a task's channels went. */
export interface Summary {
	readonly processed: number;
	readonly failedCount: number;
	/** The first of those that failed. */
	readonly failed: readonly string[];
}

/** Enough to see what is wrong; the task's result has them all. */
const MOST_NAMED = 20;

/** What Slack is told of a task: the counts, and the first 20 channels that failed. */
export function slackSummary(taskId: string, { processed, failedCount, failed }: Summary) {
	const counts = `${processed} of ${processed + failedCount} channels processed, ${failedCount} failed`;
	const named = failed.slice(0, MOST_NAMED);
	const unnamed = failedCount - named.length;
	const list = [
		'Failed:',
		...named.map((channel) => `• ${channel}`),
		...(unnamed > 0 ? [`and ${unnamed} more`] : []),
	];
	return {
		text: `process-channels: ${counts}`,
		sections: [`Task ${taskId}\n${counts}`, ...(failedCount > 0 ? [list.join('\n')] : [])],
	};
}
