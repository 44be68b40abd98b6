import { test } from 'tap';
import { createTaskLogs } from '../../src/local/task-logs.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const ADA = '019a2f4e-6f00-7c3d-9a51-2b7e4c8d1f60';

test('the lines about a task are kept in the order of their time, across functions', async (t) => {
	const recording = createRecordingLog();
	const logs = createTaskLogs(recording.log, () => Date.UTC(2026, 0, 1, 12));
	const line = (timestamp: string, message: string, task_id: string | undefined) =>
		JSON.stringify({ level: 'WARN', timestamp, message, task_id });
	logs.log.info(line('2026-01-01T00:00:02.000Z', 'second', ADA), { functionName: 'task-api-local-listener' });
	logs.log.info(line('2026-01-01T00:00:01.000Z', 'first', ADA), { functionName: 'task-api-local-starter' });
	logs.log.info(line('2026-01-01T00:00:03.000Z', 'another task', 'x'), {
		functionName: 'task-api-local-api',
	});
	logs.log.error('without an id');
	logs.log.warn('of the stack', { task_id: ADA });
	t.match(logs.linesOf(ADA.toUpperCase()), [
		{ function: 'starter', level: 'WARN', message: 'first' },
		{ function: 'listener', message: 'second' },
		{ function: undefined, message: 'of the stack', timestamp: '2026-01-01T12:00:00.000Z' },
	]);
	t.strictSame(logs.linesOf('y'), []);
	t.equal(recording.lines.length, 5, 'every line is passed on');
});

test('old lines are dropped', async (t) => {
	const logs = createTaskLogs(createRecordingLog().log, () => 0);
	for (let index = 0; index < 20_001; index += 1)
		logs.log.info(String(index), { task_id: index === 0 ? 'x' : ADA });
	t.strictSame(logs.linesOf('x'), []);
	t.equal(logs.linesOf(ADA).at(-1)?.message, '20000');
});
