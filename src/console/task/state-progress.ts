import { isFinished, type Task, type TaskEvent } from '../../client/index.ts';
import { allStates, type Machine, type MachineState } from './machine.ts';

/** The progress of a state. */
export type StateStatus =
	| 'not-reached'
	| 'running'
	| 'waiting'
	| 'retrying'
	| 'succeeded'
	| 'caught'
	| 'failed'
	| 'skipped';

/** The label of each status, for the legend and for screen readers. */
export const STATE_STATUS_LABELS: Readonly<Record<StateStatus, string>> = {
	'not-reached': 'Not reached',
	running: 'Running',
	waiting: 'Waiting',
	retrying: 'Retrying',
	succeeded: 'Succeeded',
	caught: 'Error caught',
	failed: 'Failed',
	skipped: 'Skipped',
};

/** The visits to one state, summed up. */
export interface StateProgress {
	readonly status: StateStatus;
	readonly visits: readonly TaskEvent[];
	/** Attempts beyond the first of each visit. */
	readonly retries: number;
	/** Items of a Map, or visits within one. */
	readonly items?: { readonly done: number; readonly failed: number; readonly total: number };
}

/** The progress of every state, by name. */
export function progressOf(
	machine: Machine,
	events: readonly TaskEvent[],
	task: Task,
): ReadonlyMap<string, StateProgress> {
	const visitsOf = Map.groupBy(events, ({ state }) => state);
	const waiting = waitingState(events, task);
	return new Map(
		allStates(machine).map((state) => [
			state.name,
			stateProgress(state, visitsOf.get(state.name) ?? [], {
				visitsOf,
				task,
				isWaiting: waiting === state.name,
			}),
		]),
	);
}

interface Surroundings {
	readonly visitsOf: ReadonlyMap<string, readonly TaskEvent[]>;
	readonly task: Task;
	readonly isWaiting: boolean;
}

function stateProgress(
	state: MachineState,
	visits: readonly TaskEvent[],
	{ visitsOf, task, isWaiting }: Surroundings,
): StateProgress {
	const retries = visits.reduce((sum, { attempt }) => sum + attempt - 1, 0);
	const status = isWaiting ? 'waiting' : statusOf(state, visits, task);
	const items = itemsOf(state, visits, visitsOf);
	return { status, visits, retries, ...(items === undefined ? {} : { items }) };
}

function statusOf(state: MachineState, visits: readonly TaskEvent[], task: Task): StateStatus {
	if (visits.length === 0) return isFinished(task) ? 'skipped' : 'not-reached';
	const running = visits.find(({ status }) => status === 'RUNNING');
	if (running !== undefined && !isFinished(task)) {
		if (state.type === 'Wait') return 'waiting';
		return running.attempt > 1 ? 'retrying' : 'running';
	}
	// The items of a Map count together; a state that ran again, as after a redrive, counts by its last visit.
	const isItem = visits.some(({ map_index: index }) => index !== undefined);
	const counted = isItem ? visits : visits.slice(-1);
	if (counted.some(isUncaught)) return 'failed';
	return counted.some(isCaught) ? 'caught' : 'succeeded';
}

/** A state that failed and was left by a Catch. */
export function isCaught({ status, exited_at: exitedAt }: TaskEvent): boolean {
	return status !== 'SUCCEEDED' && status !== 'RUNNING' && exitedAt !== undefined;
}

function isUncaught({ status, exited_at: exitedAt }: TaskEvent): boolean {
	return status !== 'SUCCEEDED' && status !== 'RUNNING' && exitedAt === undefined;
}

/** The state that waits for the callback of the task. */
function waitingState(events: readonly TaskEvent[], { waiting_for: waitingFor }: Task): string | undefined {
	if (waitingFor === undefined) return undefined;
	return events.findLast(({ status, waiting_since: since }) => status === 'RUNNING' && since !== undefined)
		?.state;
}

function itemsOf(
	{ type, branches }: MachineState,
	visits: readonly TaskEvent[],
	visitsOf: ReadonlyMap<string, readonly TaskEvent[]>,
): StateProgress['items'] {
	if (type === 'Map') {
		const [processor] = branches;
		const first = processor === undefined ? [] : (visitsOf.get(processor.startAt) ?? []);
		if (visits.length === 0) return undefined;
		return { ...countsOf(first), total: Math.max(first.length, itemCount(visits.at(-1)?.input)) };
	}
	if (!visits.some(({ map_index: index }) => index !== undefined)) return undefined;
	return { ...countsOf(visits), total: visits.length };
}

function countsOf(visits: readonly TaskEvent[]) {
	return {
		done: visits.filter(({ exited_at: exitedAt }) => exitedAt !== undefined).length,
		failed: visits.filter((visit) => isCaught(visit) || isUncaught(visit)).length,
	};
}

/** The number of items that a Map is going to process: the longest list in its input, since the API hides its expression. */
function itemCount(input: unknown): number {
	if (Array.isArray(input)) return input.length;
	if (typeof input !== 'object' || input === null) return 0;
	return Math.max(0, ...Object.values(input).map(itemCount));
}

/** The ways that have been taken, as `from→to`. The start is an empty name. */
export function takenTransitions(events: readonly TaskEvent[], task: Task): ReadonlySet<string> {
	const taken = new Set<string>();
	const last = new Map<string, string>();
	for (const { state, map_index: index = -1, branch = -1 } of events) {
		const scope = `${index}/${branch}`;
		taken.add(`${last.get(scope) ?? ''}→${state}`);
		last.set(scope, state);
	}
	const end = last.get('-1/-1');
	if (isFinished(task) && end !== undefined) taken.add(`${end}→`);
	return taken;
}
