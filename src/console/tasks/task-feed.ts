import { signal as createSignal } from '@preact/signals';
import { isFinished, type Task, TaskApiError } from '../../client/index.ts';
import { api, isAborted, messageOf } from '../api.ts';

/** The newest tasks of the caller, kept up to date. */
export interface TaskFeed {
	/** Newest first. */
	readonly tasks: readonly Task[];
	/** Whether older pages are still being read. */
	readonly isLoading: boolean;
	/** Whether older tasks exist beyond {@link MAX_TASKS}. */
	readonly isTruncated: boolean;
	/** The state that a running task is in, by task id. */
	readonly currentStates: ReadonlyMap<string, string>;
	readonly error?: string;
}

/** The feed stops reading older pages here. */
export const MAX_TASKS = 10_000;

const PAGE_SIZE = 100;
const POLL_MS = 2000;
/** Open tasks below the first page are read one by one, and so are the current states; few at a time. */
const MAX_READS_PER_POLL = 5;

const EMPTY: TaskFeed = { tasks: [], isLoading: true, isTruncated: false, currentStates: new Map() };

/** The feed that the list shows. */
export const feed = createSignal<TaskFeed>(EMPTY);

/** The ids of the rows on the screen, whose current state is read. */
export const visibleTaskIds = createSignal<readonly string[]>([]);

/** Reads all pages, then polls for changes until the signal aborts. It reads nothing while the page is hidden. */
export async function followTasks(signal: AbortSignal): Promise<void> {
	if (feed.value.tasks.length === 0) feed.value = EMPTY;
	while (!signal.aborted) {
		try {
			if (!document.hidden) await (feed.value.isLoading ? readOlder(signal) : readChanges(signal));
			if (feed.value.error !== undefined) {
				const { error: _, ...withoutError } = feed.value;
				feed.value = withoutError;
			}
		} catch (error) {
			if (isAborted(error) || signal.aborted) return;
			feed.value = { ...feed.value, error: messageOf(error) };
		}
		await pause(POLL_MS, signal);
	}
}

/** Reads the page that begins the list, and older pages until a known task or the last page is found. */
async function readOlder(signal: AbortSignal): Promise<void> {
	let cursor: string | undefined;
	const found: Task[] = [];
	do {
		const page = await api.listPage(
			{ limit: PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) },
			{ signal },
		);
		found.push(...page.tasks);
		cursor = page.next_cursor;
		const isDone = cursor === undefined || found.length >= MAX_TASKS;
		feed.value = {
			...feed.value,
			tasks: [...found],
			isLoading: !isDone,
			isTruncated: cursor !== undefined && isDone,
		};
	} while (cursor !== undefined && found.length < MAX_TASKS);
}

async function readChanges(signal: AbortSignal): Promise<void> {
	const known = new Map(feed.value.tasks.map((task) => [task.task_id, task]));
	const newest: Task[] = [];
	let cursor: string | undefined;
	do {
		const page = await api.listPage(
			{ limit: PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) },
			{ signal },
		);
		newest.push(...page.tasks);
		cursor = page.tasks.some(({ task_id: id }) => known.has(id)) ? undefined : page.next_cursor;
	} while (cursor !== undefined && newest.length < MAX_TASKS);

	const changed = new Map(newest.map((task) => [task.task_id, task]));
	const older = feed.value.tasks.filter((task) => !isFinished(task) && !changed.has(task.task_id));
	for (const task of older.slice(-MAX_READS_PER_POLL)) {
		const current = await readOrForget(task.task_id, signal);
		if (current === undefined) known.delete(task.task_id);
		else changed.set(task.task_id, current);
	}
	const now = Date.now();
	const tasks = [
		...newest.filter(({ task_id: id }) => !known.has(id)),
		...feed.value.tasks
			.filter(({ task_id: id }) => known.has(id))
			.map((task) => changed.get(task.task_id) ?? task),
	].filter(({ expires_at: expiresAt }) => expiresAt === undefined || Date.parse(expiresAt) > now);
	const currentStates = await readCurrentStates(tasks, signal);
	const isTruncated = feed.value.isTruncated || tasks.length > MAX_TASKS;
	feed.value = { ...feed.value, tasks: tasks.slice(0, MAX_TASKS), isTruncated, currentStates };
}

async function readOrForget(taskId: string, signal: AbortSignal): Promise<Task | undefined> {
	try {
		return await api.get(taskId, { signal });
	} catch (error) {
		if (error instanceof TaskApiError && (error.status === 404 || error.status === 410)) return undefined;
		throw error;
	}
}

/** Reads the states that running tasks on the screen are in. */
async function readCurrentStates(
	tasks: readonly Task[],
	signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
	const visible = new Set(visibleTaskIds.value);
	const running = tasks.filter(({ task_id: id, status }) => status === 'RUNNING' && visible.has(id));
	const states = new Map(feed.value.currentStates);
	for (const task of running.slice(0, MAX_READS_PER_POLL)) {
		for await (const { state, status } of api.events(task, { signal }))
			if (status === 'RUNNING') states.set(task.task_id, state);
	}
	return states;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
	const { promise, resolve } = Promise.withResolvers<void>();
	const timer = window.setTimeout(resolve, ms);
	signal.addEventListener('abort', () => {
		window.clearTimeout(timer);
		resolve();
	});
	return promise;
}
