import { styleText } from 'node:util';
import type { Task, TaskEvent } from '../client/index.ts';
import { durationText, markOf, statusText } from './task-text.ts';

/** One row of a timeline: a state, or all iterations of a state of a Map. */
export interface TimelineRow {
	/** Identifies the row between two readings. */
	readonly key: string;
	readonly state: string;
	readonly status: TaskEvent['status'];
	readonly attempts: number;
	readonly durationMs: number;
	/** Finished and known iterations of a Map. */
	readonly iterations?: { readonly finished: number; readonly known: number };
	readonly error?: string;
}

/** Groups the events of a task into rows, in the order of entry. */
export function timelineRows(events: readonly TaskEvent[], nowMs: number): readonly TimelineRow[] {
	const groups = new Map<string, TaskEvent[]>();
	const visits = new Map<string, number>();
	for (const event of events) {
		const name = `${event.branch ?? ''}/${event.state}`;
		const visit = event.map_index === undefined ? (visits.get(name) ?? 0) + 1 : 0;
		visits.set(name, visit);
		const key = `${name}/${visit}`;
		const group = groups.get(key);
		if (group === undefined) groups.set(key, [event]);
		else group.push(event);
	}
	return [...groups].map(([key, group]) => rowOf(key, group, nowMs));
}

function rowOf(key: string, group: readonly TaskEvent[], nowMs: number): TimelineRow {
	const isRunning = group.some(({ status }) => status === 'RUNNING');
	const failed = group.find(({ status }) => status !== 'RUNNING' && status !== 'SUCCEEDED');
	const enteredMs = Math.min(...group.map(({ entered_at }) => Date.parse(entered_at)));
	// A Fail state is never exited.
	const exitedMs = isRunning
		? nowMs
		: Math.max(...group.map((event) => Date.parse(event.exited_at ?? event.entered_at)));
	const { error } = failed ?? {};
	return {
		key,
		state: group[0]?.state ?? '',
		status: isRunning ? 'RUNNING' : (failed?.status ?? 'SUCCEEDED'),
		attempts: Math.max(...group.map(({ attempt }) => attempt)),
		durationMs: Math.max(0, exitedMs - enteredMs),
		...(group[0]?.map_index === undefined
			? {}
			: {
					iterations: {
						finished: group.filter(({ status }) => status !== 'RUNNING').length,
						known: group.length,
					},
				}),
		...(error === undefined ? {} : { error: `${error.code}: ${error.message}` }),
	};
}

function timeOr(text: string | undefined, fallbackMs: number): number {
	return text === undefined ? fallbackMs : Date.parse(text);
}

/** The text of a row: mark, state, duration, iterations, attempts and error. */
export function rowText({
	state,
	status,
	attempts,
	durationMs,
	iterations,
	error,
}: Omit<TimelineRow, 'key'>): string {
	return [
		`${markOf(status)} ${state.padEnd(24)} ${durationText(durationMs).padStart(10)}`,
		...(iterations === undefined ? [] : [`${iterations.finished} of ${iterations.known}`]),
		...(attempts > 1 ? [`${attempts} attempts`] : []),
		...(error === undefined ? [] : [styleText('red', firstLine(error))]),
	].join('  ');
}

function firstLine(text: string): string {
	return text.split('\n', 1)[0] ?? '';
}

/** The first line of a timeline: status, time since creation, and progress. */
export function headText(task: Task, nowMs: number): string {
	const endMs = timeOr(task.finished_at, nowMs);
	const { progress } = task;
	return [
		statusText(task.status),
		`${task.type} ${task.task_id}`,
		styleText('dim', durationText(endMs - Date.parse(task.created_at))),
		...(progress === undefined ? [] : [`${progress.percent} %  ${progress.message}`]),
	].join('  ');
}

/** The line of a task that waits for a callback. */
export function waitingText({ task_id: taskId, waiting_for: waitingFor }: Task): string | undefined {
	if (waitingFor === undefined) return undefined;
	return `waits for ${waitingFor.callback_key}: task-api approve ${taskId}`;
}

/** The line with the link by which a person decides about a waiting task, if the caller may see it. */
export function approvalText({ waiting_for: waitingFor }: Task, url: string): string | undefined {
	const path = waitingFor?.approval_url;
	return path === undefined ? undefined : `Approve or reject: ${new URL(path, url).href}`;
}
