import { test } from 'tap';
import type { Task, TaskEvent } from '../../src/client/index.ts';
import { parseMachine } from '../../src/console/task/machine.ts';
import { progressOf, takenTransitions } from '../../src/console/task/state-progress.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 20, 9, 30, second)).toISOString();

const task = (members: Partial<Task & { type: 'greeting' }> = {}): Task => ({
	task_id: '0198c7b2-9b7e-7c1d-8a55-0242ac120002',
	type: 'greeting',
	status: 'RUNNING',
	tags: {},
	created_at: at(0),
	updated_at: at(1),
	redrive_count: 0,
	links: { self: '/v1/tasks/1', events: '/v1/tasks/1/events' },
	...members,
});

const FAILED = task({ status: 'FAILED' });
const SUCCEEDED = task({ status: 'SUCCEEDED' });

/** A visit to a state that succeeded, with other members. */
const visit = (state: string, members: Partial<TaskEvent> = {}): TaskEvent => ({
	state,
	type: 'Task',
	attempt: 1,
	status: 'SUCCEEDED',
	entered_at: at(1),
	exited_at: at(2),
	...members,
});

/** A visit that has not ended, or that ended the task. */
const openVisit = (state: string, members: Partial<TaskEvent> = {}): TaskEvent => {
	const { exited_at: _, ...open } = visit(state, { status: 'RUNNING', ...members });
	return open;
};

const machine = parseMachine({
	StartAt: 'Work',
	States: {
		Work: { Type: 'Task', Next: 'Each' },
		Each: {
			Type: 'Map',
			ItemProcessor: { StartAt: 'Item', States: { Item: { Type: 'Task', End: true } } },
			Next: 'Pause',
		},
		Pause: { Type: 'Wait', End: true },
	},
});

const progressIn = (events: readonly TaskEvent[], of = task()) => {
	const progress = progressOf(machine, events, of);
	return (state: string) => progress.get(state);
};

const statusIn = (events: readonly TaskEvent[], of = task()) => progressIn(events, of)('Work')?.status;

test('a state without a visit is not reached, or skipped once the task has ended', async (t) => {
	t.equal(statusIn([]), 'not-reached');
	t.equal(statusIn([], SUCCEEDED), 'skipped');
});

test('an open visit runs, retries or waits, while the task runs', async (t) => {
	t.equal(statusIn([openVisit('Work')]), 'running');
	t.match(progressIn([openVisit('Work', { attempt: 3 })])('Work'), { status: 'retrying', retries: 2 });
	t.equal(progressIn([openVisit('Pause', { type: 'Wait' })])('Pause')?.status, 'waiting');
	const waiting = openVisit('Work', { waiting_since: at(1) });
	const waitingFor = { callback_key: 'PROJ-1', since: at(1), expires_at: at(9) };
	t.equal(statusIn([waiting], task({ waiting_for: waitingFor })), 'waiting');
	t.equal(statusIn([waiting]), 'running', 'it has been answered');
});

test('an ended visit succeeded, was caught, or failed the task', async (t) => {
	t.equal(statusIn([visit('Work')]), 'succeeded');
	t.equal(statusIn([visit('Work', { status: 'FAILED' })]), 'caught');
	t.equal(statusIn([openVisit('Work', { status: 'TIMED_OUT' })], FAILED), 'failed');
	t.equal(statusIn([openVisit('Work', { status: 'FAILED' }), visit('Work')]), 'succeeded', 'after a redrive');
});

test('a Map counts its items, and their states count all visits', async (t) => {
	const each = openVisit('Each', { type: 'Map', input: { note: 'x', list: ['a', 'b', 'c'] } });
	const items = [
		visit('Item', { map_index: 0 }),
		visit('Item', { map_index: 1, status: 'FAILED' }),
		openVisit('Item', { map_index: 2 }),
	];
	const progress = progressIn([each, ...items]);
	t.match(progress('Each'), { status: 'running', items: { done: 2, failed: 1, total: 3 } });
	t.match(progress('Item'), { status: 'running', items: { done: 2, failed: 1, total: 3 } });
	t.match(progressIn([each, ...items.slice(0, 1)])('Each'), { items: { done: 1, failed: 0, total: 3 } });
	t.equal(progressIn([each, ...items.slice(0, 2)], SUCCEEDED)('Item')?.status, 'caught', 'one item was');
	t.equal(progressIn([])('Each')?.items, undefined);
});

test('the taken ways begin at the start, follow each branch and item, and end with the task', async (t) => {
	const events = [
		visit('Work'),
		visit('Each'),
		visit('Item', { map_index: 0 }),
		visit('Left', { branch: 0 }),
		visit('Right', { branch: 1 }),
		visit('Pause'),
	];
	const running = ['→Work', 'Work→Each', '→Item', '→Left', '→Right', 'Each→Pause'];
	t.strictSame([...takenTransitions(events, task())], running);
	t.strictSame([...takenTransitions(events, SUCCEEDED)], [...running, 'Pause→']);
});
