import type { TaskError, TaskStatus } from './task.ts';
import type { HistoryEvent } from './task-executions.ts';

/** One attempt of a state. Its error leads to a retry, a catch or the end. */
export interface StateAttempt {
	readonly startedAtMs: number;
	readonly endedAtMs?: number;
	readonly error?: TaskError;
}

/** One visit of a state by an execution. */
export interface TimelineEntry {
	readonly state: string;
	/** Task, Choice, Map ... */
	readonly type: string;
	/** The number of attempts, from 1. */
	readonly attempt: number;
	readonly status: Exclude<TaskStatus, 'PENDING'>;
	readonly enteredAtMs: number;
	readonly exitedAtMs?: number;
	/** The attempts, if the state calls something. Retries back off between them. */
	readonly attempts: readonly StateAttempt[];
	/** When the state began to wait for its callback; absent for other states. */
	readonly waitingSinceMs?: number;
	/** JSON texts. */
	readonly input?: string;
	readonly output?: string;
	readonly error?: TaskError;
	/** The index in the nearest enclosing Map. */
	readonly mapIndex?: number;
	/** The index of the branch of the nearest enclosing Parallel. */
	readonly branch?: number;
}

type Writable<Value> = { -readonly [Member in keyof Value]: Value[Member] };

type Visit = Writable<Omit<TimelineEntry, 'attempts'>> & { attempts: Writable<StateAttempt>[] };

/** The position of a chain of events: its open visits, outermost first, and its item or branch. */
interface Place {
	readonly visits: readonly Visit[];
	readonly mapIndex?: number;
	readonly branch?: number;
}

/** Builds the timeline of an execution: one entry per visit of a state, in the order of entry. */
export function buildTimeline(events: readonly HistoryEvent[]): TimelineEntry[] {
	const entries: Visit[] = [];
	const places = new Map<number, Place>();
	const branches = new Map<number, number>();
	for (const event of events) {
		const before = places.get(event.previousEventId) ?? { visits: [] };
		places.set(event.id, step(event, before, { entries, branches }));
	}
	// A state without a task has no scheduling event, but it has one attempt.
	return entries.map((entry) => ({ ...entry, attempt: Math.max(1, entry.attempt) }));
}

/** The events that start an attempt of a state. */
const ATTEMPT_STARTS: ReadonlySet<string> = new Set([
	'TaskScheduled',
	'LambdaFunctionScheduled',
	'ParallelStateStarted',
	'MapStateStarted',
]);

const ENDS: Readonly<Record<string, TimelineEntry['status']>> = {
	ExecutionFailed: 'FAILED',
	ExecutionTimedOut: 'TIMED_OUT',
	ExecutionAborted: 'ABORTED',
};

/** Applies one event and returns the place after it. */
function step(
	event: HistoryEvent,
	before: Place,
	{ entries, branches }: { entries: Visit[]; branches: Map<number, number> },
): Place {
	const { type, atMs, stateName = '' } = event;
	const visit = before.visits.at(-1);
	if (type.endsWith('StateEntered')) {
		const inBranch = branches.get(event.previousEventId);
		if (inBranch !== undefined) branches.set(event.previousEventId, inBranch + 1);
		const place = inBranch === undefined ? before : { visits: before.visits, branch: inBranch };
		const entered = enter(event, place);
		entries.push(entered);
		return { ...place, visits: [...before.visits, entered] };
	}
	if (type.endsWith('StateExited')) {
		const index = before.visits.findLastIndex(({ state }) => state === stateName);
		const exited = before.visits[index];
		if (exited === undefined) return before;
		exited.exitedAtMs = atMs;
		endAttempt(exited, { endedAtMs: atMs });
		if (event.output !== undefined) exited.output = event.output;
		if (exited.status === 'RUNNING') exited.status = 'SUCCEEDED';
		return placeAround(exited, before.visits.slice(0, index));
	}
	if (type === 'ParallelStateStarted') branches.set(event.id, 0);
	if (type === 'MapIterationStarted' && event.mapIndex !== undefined) {
		return { visits: before.visits, mapIndex: event.mapIndex };
	}
	if (ATTEMPT_STARTS.has(type)) tryAgain(visit, atMs);
	if (visit !== undefined && type === 'TaskSubmitted') visit.waitingSinceMs = atMs;
	if (visit !== undefined && event.error !== undefined && /(Failed|TimedOut)$/.test(type)) {
		visit.status = type.endsWith('TimedOut') ? 'TIMED_OUT' : 'FAILED';
		visit.error = event.error;
		endAttempt(visit, { endedAtMs: atMs, error: event.error });
	}
	const end = ENDS[type];
	if (end !== undefined) for (const open of entries) if (open.status === 'RUNNING') open.status = end;
	return before;
}

function enter({ type, atMs, stateName = '', input }: HistoryEvent, { mapIndex, branch }: Place): Visit {
	return {
		state: stateName,
		type: type.slice(0, -'StateEntered'.length),
		attempt: 0,
		attempts: [],
		status: 'RUNNING',
		enteredAtMs: atMs,
		...(input === undefined ? {} : { input }),
		...(mapIndex === undefined ? {} : { mapIndex }),
		...(branch === undefined ? {} : { branch }),
	};
}

/** Returns the place after an exit: the item and branch of the state itself. */
function placeAround({ mapIndex, branch }: Visit, visits: readonly Visit[]): Place {
	return {
		visits,
		...(mapIndex === undefined ? {} : { mapIndex }),
		...(branch === undefined ? {} : { branch }),
	};
}

function tryAgain(visit: Visit | undefined, atMs: number): void {
	if (visit === undefined) return;
	visit.attempt += 1;
	visit.attempts.push({ startedAtMs: atMs });
	visit.status = 'RUNNING';
	delete visit.error;
	delete visit.waitingSinceMs;
}

/** Ends the latest attempt unless it has ended. */
function endAttempt({ attempts }: Visit, end: Pick<StateAttempt, 'endedAtMs' | 'error'>): void {
	const latest = attempts.at(-1);
	if (latest !== undefined && latest.endedAtMs === undefined) Object.assign(latest, end);
}
