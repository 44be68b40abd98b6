import type { Progress } from '../../tasks/task.ts';

/** The definition's `MaxConcurrency`. */
export const AT_ONCE = 10;

/**
 * What is certain when the channel at `index` (from 0) of `count` begins: all before it have finished but the nine that may
 * still be at work beside it. Undefined where the percent is the one of the channel before, so that a task has at most 100 reports.
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
	return Math.max(0, index - (AT_ONCE - 1));
}
