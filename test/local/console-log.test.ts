import { test } from 'tap';
import { createConsoleLog, type LogFormat } from '../../src/local/console-log.ts';

function createLog(format: LogFormat) {
	const lines: string[] = [];
	const log = createConsoleLog({
		format,
		write: (line) => lines.push(line),
		now: () => Date.UTC(2026, 0, 1),
	});
	return { log, lines };
}

const STARTER = { functionName: 'task-api-local-starter' };

/** A line as Powertools' logger writes it. */
const LINE = JSON.stringify({
	level: 'INFO',
	message: 'execution started',
	timestamp: '2026-01-01T12:34:56.789Z',
	service: 'task-api',
	cold_start: false,
	task_id: '019a2f4e-6f00-7c3d-9a51-2b7e4c8d1f60',
	redrive_count: 0,
});

test('a line of a function shows its time, the function, the end of the task id and the message', async (t) => {
	const { log, lines } = createLog('text');
	log.info(LINE, STARTER);
	t.strictSame(lines, ['12:34:56.789 starter              …4c8d1f60 execution started redrive_count=0']);
});

test('text of a function that is not JSON, and a line of the stack, are shown as they are', async (t) => {
	const { log, lines } = createLog('text');
	log.info('"quoted"', STARTER);
	log.warn('queue is slow', { queue: 'start' });
	t.match(lines, [/^00:00:00.000 starter +"quoted"$/, /^00:00:00.000 - +queue is slow queue=start$/]);
});

test('an error is followed by its stack', async (t) => {
	const { log, lines } = createLog('text');
	log.error('local AWS', { error: new Error('no queue') });
	log.info(
		JSON.stringify({ level: 'ERROR', message: 'failed', error: { stack: 'TypeError: x\n  at y' } }),
		STARTER,
	);
	t.match(lines, [/local AWS\nError: no queue\n +at /, /failed\nTypeError: x\n {2}at y$/]);
});

test('in JSON, each line is one object with all members', async (t) => {
	const { log, lines } = createLog('json');
	log.info(LINE, STARTER);
	log.info('plain', STARTER);
	log.error('local AWS', { error: new Error('no queue') });
	t.match(
		lines.map((line) => JSON.parse(line)),
		[
			{ function: 'starter', timestamp: '2026-01-01T12:34:56.789Z', task_id: String, cold_start: false },
			{ function: 'starter', level: 'INFO', message: 'plain', timestamp: '2026-01-01T00:00:00.000Z' },
			{ level: 'ERROR', message: 'local AWS', error: { name: 'Error', stack: /no queue/ } },
		],
	);
});
