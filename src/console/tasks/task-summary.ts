import type { Task } from '../../client/index.ts';
import { formatDuration, nowMs } from '../parts/time.tsx';

/** The first characters of a UUIDv7 are its time; the last ones differ between tasks of the same minute. */
export function shortId(id: string): string {
	return `${id.slice(0, 8)}…${id.slice(-6)}`;
}

/** How long the task has run, or ran; empty before its start. */
export function durationOf({ started_at: startedAt, finished_at: finishedAt }: Task): string {
	if (startedAt === undefined) return '';
	const endMs = finishedAt === undefined ? nowMs.value : Date.parse(finishedAt);
	return formatDuration(endMs - Date.parse(startedAt));
}
