import { test } from 'tap';
import { taskResource } from '../../../src/http/tasks/task-resource.ts';
import { exampleTask } from '../../support/example-task.ts';

test('progress is shown while the task runs, and at no other time', async (t) => {
	const progress = { percent: 42, message: '420 of 1000 channels' };
	const nowMs = Date.UTC(2026, 0, 1);
	const shown = (status: 'PENDING' | 'RUNNING' | 'SUCCEEDED') =>
		taskResource(exampleTask({ status, progress, progressAtMs: nowMs }), nowMs);
	t.strictSame(shown('RUNNING').progress, progress);
	t.notOk('progress' in shown('PENDING'));
	t.notOk('progress' in shown('SUCCEEDED'));
	t.notOk('progress' in taskResource(exampleTask({ status: 'RUNNING' }), nowMs));
});
