import { stripVTControlCharacters } from 'node:util';
import { test } from 'tap';
import { createLiveTimeline } from '../../src/cli/live-timeline.ts';
import { durationText, tableText } from '../../src/cli/task-text.ts';
import { rowText, timelineRows } from '../../src/cli/timeline.ts';
import type { Task, TaskEvent } from '../../src/client/index.ts';
import { START_MS } from '../client/receive-client.ts';
import { createTestIo } from './test-io.ts';

const at = (ms: number) => new Date(START_MS + ms).toISOString();

const event = (state: string, members: Partial<TaskEvent> = {}): TaskEvent => ({
	state,
	type: 'Task',
	attempt: 1,
	status: 'SUCCEEDED',
	entered_at: at(0),
	exited_at: at(100),
	...members,
});

const task = (members: Partial<Task & { type: 'greeting' }> = {}): Task => ({
	task_id: 'task-1',
	type: 'greeting',
	status: 'RUNNING',
	tags: {},
	created_at: at(0),
	updated_at: at(0),
	redrive_count: 0,
	links: { self: '', events: '' },
	...members,
});

const URL_OF_API = 'https://api.example/jobs';

test('visits of a state are rows of their own, and iterations of a Map are one row', async (t) => {
	const { exited_at: _, ...running } = event('Channel', { status: 'RUNNING', map_index: 1 });
	const failed = event('Channel', { status: 'FAILED', map_index: 2, error: { code: 'X', message: 'a\nb' } });
	const { exited_at: __, ...end } = event('Broken', { type: 'Fail', status: 'FAILED' });
	const rows = timelineRows(
		[
			event('Poll'),
			event('Poll', { attempt: 3 }),
			event('Poll', { branch: 1 }),
			event('Channel', { map_index: 0 }),
			running,
			failed,
			end,
		],
		START_MS + 1000,
	);
	t.match(rows, [
		{ state: 'Poll', status: 'SUCCEEDED', durationMs: 100 },
		{ state: 'Poll', attempts: 3 },
		{ state: 'Poll' },
		{ state: 'Channel', status: 'RUNNING', durationMs: 1000, iterations: { finished: 2, known: 3 } },
		{ state: 'Broken', status: 'FAILED', durationMs: 0 },
	]);
	t.equal(new Set(rows.map(({ key }) => key)).size, rows.length);
	const texts = rows.map((row) => stripVTControlCharacters(rowText(row)).replaceAll(/ +/g, ' '));
	t.strictSame(texts, [
		'✔ Poll 100 ms',
		'✔ Poll 100 ms 3 attempts',
		'✔ Poll 100 ms',
		'● Channel 1.0 s 2 of 3 X: a',
		'✘ Broken 0 ms',
	]);
});

test('on a terminal the lines are replaced, cut to its width and scrolled within its height', async (t) => {
	const { io, output } = createTestIo({ isTerminal: true, rows: 4 });
	const timeline = createLiveTimeline(io, URL_OF_API);
	timeline.show(task(), [event('A')]);
	const first = output();
	t.equal(first.split('\n').length, 3);
	const error = { code: 'E', message: 'x'.repeat(100) };
	timeline.show(task({ progress: { percent: 50, message: 'half' } }), [
		...['A', 'B', 'C', 'D'].map((state) => event(state)),
		event('E', { status: 'FAILED', error }),
	]);
	const escape = String.fromCharCode(27);
	const second = output().slice(first.length);
	t.ok(second.startsWith(`${escape}[2A${escape}[0J`), 'the two lines are removed');
	const lines = stripVTControlCharacters(second).trimEnd().split('\n');
	t.match(lines, [/RUNNING .*50 % {2}half/, /✔ D/, /^ {2}✘ E .*x…$/]);
	t.ok(lines.every((line) => line.length <= 60));
});

test('a link is written once and whole, in a pipe and on a terminal', async (t) => {
	const path = `/jobs/v1/approvals?token=${'x'.repeat(100)}`;
	const waiting = task({
		waiting_for: { callback_key: 'K', since: at(0), expires_at: at(9), approval_url: path },
	});
	for (const isTerminal of [true, false]) {
		const { io, output } = createTestIo({ isTerminal });
		const timeline = createLiveTimeline(io, URL_OF_API);
		for (let read = 0; read < 3; read++) timeline.show(waiting, [event('A')]);
		const links = output().match(/Approve or reject: (\S+)\n/g);
		t.strictSame(links, [`Approve or reject: https://api.example${path}\n`]);
	}
});

test('in a pipe each change is one line', async (t) => {
	const { io, output } = createTestIo();
	const timeline = createLiveTimeline(io, URL_OF_API);
	const { exited_at: _, ...running } = event('A', { status: 'RUNNING' });
	timeline.show(task({ status: 'PENDING' }), []);
	timeline.show(task(), [running]);
	timeline.show(task({ waiting_for: { callback_key: 'K', since: at(0), expires_at: at(9) } }), [running]);
	timeline.show(task({ status: 'SUCCEEDED', finished_at: at(500) }), [event('A')]);
	const lines = output()
		.trimEnd()
		.split('\n')
		.map((line) => line.trim().replaceAll(/ +/g, ' '));
	t.strictSame(lines, [
		'0 ms ○ PENDING task-1',
		'0 ms ● RUNNING task-1',
		'0 ms ● A 1.0 s',
		'0 ms waits for K: task-api approve task-1',
		'0 ms ✔ A 100 ms',
		'0 ms ✔ SUCCEEDED task-1',
	]);
});

test('durations and tables', async (t) => {
	const table = [
		[340, '340 ms'],
		[4200, '4.2 s'],
		[190_000, '3 min 10 s'],
		[7_500_000, '2 h 5 min'],
		[260_000_000, '3 d'],
	] as const;
	for (const [ms, text] of table) t.equal(durationText(ms), text);
	t.equal(
		tableText([
			['a', 'bb', ''],
			['ccc', 'd', 'e'],
		]),
		'a    bb\nccc  d   e',
	);
});
