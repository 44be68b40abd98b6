import type { Test } from 'tap';
import type { ExecutionClient } from '../../src/executions/execution-client.ts';
import type { TaskExecutions } from '../../src/tasks/task-executions.ts';
import { type TaskMessage, taskExecutionOf } from '../../src/tasks/task-message.ts';

/** Executions of one task type, on the engine under test. */
export interface ExecutionsUnderContract {
	readonly executions: Pick<ExecutionClient, 'start'> & Pick<TaskExecutions, 'stop' | 'redrive'>;
	readonly describe: (task: TaskMessage) => ReturnType<ExecutionClient['describe']>;
	/** A task of the type that fails at once, or works until it is stopped. */
	readonly message: (kind: 'fails' | 'works') => TaskMessage;
	/** Resolves once the task's execution has ended. */
	readonly ended: (task: TaskMessage) => Promise<void>;
}

/** The contract of every engine that runs executions. */
export async function executionsContract(
	t: Test,
	open: () => Promise<ExecutionsUnderContract>,
): Promise<void> {
	await t.test('a message starts one execution, however often it is delivered', async (t) => {
		const { executions, describe, message } = await open();
		const task = message('works');
		t.equal(await describe(task), undefined);
		t.strictSame(await executions.start(task, undefined), { kind: 'started' });
		t.strictSame(await executions.start(task, 'another trace'), { kind: 'started' }, 'while it runs');
		t.match(await describe(task), { status: 'RUNNING', input: JSON.stringify(task), redriveCount: 0 });
		t.match(await executions.start({ ...task, data: 'other' }, undefined), {
			kind: 'rejected',
			reason: /another input/,
		});
	});

	await t.test('an ended execution is not started again', async (t) => {
		const { executions, describe, message, ended } = await open();
		const task = message('fails');
		await executions.start(task, undefined);
		await ended(task);
		t.strictSame(await executions.start(task, undefined), { kind: 'alreadyStarted' });
		t.match(await describe(task), { status: 'FAILED', error: 'Broken', stoppedAtMs: Number });
	});

	await t.test('a stop aborts a running execution and reports an absent one', async (t) => {
		const { executions, describe, message, ended } = await open();
		const task = message('works');
		const execution = taskExecutionOf(task);
		t.equal(await executions.stop(execution, 'why'), 'absent');
		await executions.start(task, undefined);
		t.equal(await executions.stop(execution, 'why'), 'stopped');
		await ended(task);
		t.match(await describe(task), { status: 'ABORTED', error: 'Cancelled', cause: 'why' });
	});

	await t.test('each terminal state is redriven once', async (t) => {
		const { executions, describe, message, ended } = await open();
		const task = message('fails');
		const failed = { ...taskExecutionOf(task), redriveCount: 0 };
		t.strictSame(await executions.redrive(failed), { kind: 'absent' });
		await executions.start(task, undefined);
		await ended(task);
		const first = await executions.redrive(failed);
		t.match(first, { kind: 'redriven', atMs: Number });
		t.strictSame(await executions.redrive(failed), first, 'asked again');
		t.match(await describe(task), { redriveCount: 1, redrivenAtMs: Number });
		await ended(task);
		t.match(await executions.redrive({ ...failed, redriveCount: 1 }), { kind: 'redriven' });
		t.match(await describe(task), { redriveCount: 2 });
	});
}
