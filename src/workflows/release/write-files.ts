import type { HistoryEvent } from '../../tasks/task-executions.ts';
import { buildTimeline, type TimelineEntry } from '../../tasks/timeline.ts';

export interface WriteFilesDependencies {
	readonly readHistory: (executionArn: string) => Promise<readonly HistoryEvent[]>;
	/** Puts an object into the output bucket; the same key twice is the same object. */
	readonly putObject: (key: string, body: string, contentType: string) => Promise<void>;
}

export interface ReleaseFiles {
	readonly executionArn: string;
	readonly execution: string;
	readonly result: object;
	/** The last line of the log. */
	readonly outcome: string;
}

/** Writes what came of a release, and how it went; gives the keys of the two objects. */
export function createWriteFiles({ readHistory, putObject }: WriteFilesDependencies) {
	return async ({ executionArn, execution, result, outcome }: ReleaseFiles) => {
		const resultKey = `outputs/${execution}/result.json`;
		const logKey = `logs/${execution}/execution.log`;
		const states = buildTimeline(await readHistory(executionArn)).map(logLine);
		await Promise.all([
			putObject(resultKey, `${JSON.stringify(result, null, 2)}\n`, 'application/json'),
			putObject(logKey, [...states, outcome, ''].join('\n'), 'text/plain; charset=utf-8'),
		]);
		return { resultKey, logKey };
	};
}

export type WriteFiles = ReturnType<typeof createWriteFiles>;

/** When it was entered and left, which state, how it went, how often it was tried. */
function logLine({ state, type, status, attempt, enteredAtMs, exitedAtMs, error }: TimelineEntry): string {
	return [
		new Date(enteredAtMs).toISOString(),
		exitedAtMs === undefined ? '-'.padEnd(24) : new Date(exitedAtMs).toISOString(),
		`${type} ${state}`,
		status,
		`attempt=${attempt}`,
		...(error === undefined ? [] : [`error=${error.code}`]),
	].join('  ');
}
