import { test } from 'tap';
import { createApplyReport } from '../../src/executions/apply-report.ts';
import {
	type ExecutionClient,
	ExecutionMismatchError,
	type ExecutionSnapshot,
} from '../../src/executions/execution-client.ts';
import { createMirror } from '../../src/executions/mirror.ts';
import { handleEach, type SqsRecord } from '../../src/executions/sqs-batch.ts';
import { createStarter } from '../../src/executions/starter.ts';
import type { TaskExecutions } from '../../src/tasks/task-executions.ts';
import { executionName, taskMessage } from '../../src/tasks/task-message.ts';
import { exampleTask } from '../support/example-task.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const TASK = exampleTask();
const INPUT = JSON.stringify(taskMessage(TASK));
const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:task-api-dev-greeting';

function record(body: string, messageId = 'message-1', traceparent?: string): SqsRecord {
	return {
		messageId,
		body,
		messageAttributes: traceparent === undefined ? {} : { traceparent: { stringValue: traceparent } },
	};
}

function statusEvent(detail: Record<string, unknown>): string {
	return JSON.stringify({
		'detail-type': 'Step Functions Execution Status Change',
		source: 'aws.states',
		detail: {
			executionArn: `${MACHINE.replace(':stateMachine:', ':execution:')}:${executionName(TASK)}`,
			stateMachineArn: MACHINE,
			name: executionName(TASK),
			status: 'RUNNING',
			startDate: TASK.createdAtMs + 5,
			stopDate: null,
			input: INPUT,
			inputDetails: { included: true },
			output: null,
			outputDetails: null,
			error: null,
			cause: null,
			redriveCount: 0,
			...detail,
		},
	});
}

function setup(described?: ExecutionSnapshot) {
	const { log, lines } = createRecordingLog();
	const store = createMemoryTaskStore({ retentionSeconds: 60, now: () => TASK.createdAtMs });
	let nowMs = TASK.createdAtMs;
	const stopped: string[] = [];
	const closed: string[][] = [];
	const started: { input: string; traceparent: string | undefined }[] = [];
	const asked: string[] = [];
	const executions: ExecutionClient & Pick<TaskExecutions, 'stop'> = {
		async stop({ taskId }) {
			stopped.push(taskId);
			return 'stopped';
		},
		async start(task, traceparent) {
			const input = JSON.stringify(task);
			if (started.some((earlier) => earlier.input === input)) return 'already-started';
			if (started.length > 0) throw new ExecutionMismatchError('taken');
			started.push({ input, traceparent });
			return 'started';
		},
		async describe(arn) {
			asked.push(arn);
			return described;
		},
	};
	return {
		log,
		lines,
		store,
		started,
		stopped,
		asked,
		start: createStarter({ executions, store, now: () => nowMs, log }),
		advance: (ms: number) => (nowMs += ms),
		closed,
		mirror: createMirror({
			executions,
			applyReport: createApplyReport({
				store,
				executions,
				closeCallback: async ({ taskId }, key) => {
					closed.push([taskId, key]);
				},
				log,
			}),
			log,
		}),
	};
}

test('starter', async (t) => {
	t.test(
		'a message that comes twice starts one execution, and traceparent stays out of its input',
		async (t) => {
			const { start, started, lines, store } = setup();
			await store.create(TASK);
			const answers = await Promise.all(
				['a', 'b'].map((id) => handleEach([record(INPUT, id, `trace-${id}`)], start, setup().log)),
			);
			t.strictSame(answers, [{ batchItemFailures: [] }, { batchItemFailures: [] }]);
			t.strictSame(started, [{ input: INPUT, traceparent: 'trace-a' }]);
			t.ok(lines.every((line) => line['task_id'] === TASK.taskId));
		},
	);

	t.test('poison fails alone, and is logged once', async (t) => {
		const { start, started, log, lines, store } = setup();
		await store.create(TASK);
		const answer = await handleEach(
			[record('{', 'bad'), record(INPUT, 'good'), record('{"task_id":1}', 'worse')],
			start,
			log,
		);
		t.strictSame(answer, { batchItemFailures: [{ itemIdentifier: 'bad' }, { itemIdentifier: 'worse' }] });
		t.equal(started.length, 1);
		t.equal(lines.filter(({ level }) => level === 'error').length, 2);
	});

	t.test('what was cancelled before it began is stopped as soon as it has begun', async (t) => {
		const { start, store, started, stopped } = setup();
		await store.create(TASK);
		await store.requestCancel(TASK, TASK.createdAtMs);
		await start(record(INPUT));
		t.equal(started.length, 1);
		t.strictSame(stopped, [TASK.taskId]);
	});

	t.test('nothing is begun for a task that is over, or of another creation of the id', async (t) => {
		const { start, store, started, stopped, advance } = setup();
		advance(60_001);
		await start(record(INPUT));
		t.strictSame(started, [], 'no row');
		const later = { ...TASK, createdAtMs: TASK.createdAtMs + 1 };
		await store.create(later);
		await store.requestCancel(later, later.createdAtMs);
		await start(record(INPUT));
		t.strictSame([started, stopped], [[], []], 'another creation');
		const ended = { ...TASK, status: 'FAILED' as const, createdAtMs: TASK.createdAtMs + 2 };
		const other = setup();
		other.advance(120_000);
		await other.store.create(ended);
		await other.start(record(JSON.stringify(taskMessage(ended))));
		t.strictSame(other.started, [], 'over');
	});

	t.test('another input under the same name is a failure', async (t) => {
		const { start, log, store } = setup();
		await store.create(TASK);
		await start(record(INPUT));
		const other = JSON.stringify({ ...taskMessage(TASK), data: { name: 'Eve' } });
		t.strictSame(await handleEach([record(other, 'other')], start, log), {
			batchItemFailures: [{ itemIdentifier: 'other' }],
		});
	});
});

test('mirror', async (t) => {
	const succeeded = {
		status: 'SUCCEEDED',
		stopDate: TASK.createdAtMs + 90,
		output: '{"ok":true}',
		outputDetails: { included: true },
	};
	const read = (store: ReturnType<typeof setup>['store']) => store.get(TASK);

	t.test('mirrors RUNNING and SUCCEEDED, in any order', async (t) => {
		for (const events of [
			[{}, succeeded],
			[succeeded, {}],
			[succeeded, succeeded],
		]) {
			const { store, mirror } = setup();
			await store.create(TASK);
			for (const detail of events) await mirror(record(statusEvent(detail)));
			t.match(await read(store), {
				status: 'SUCCEEDED',
				result: { ok: true },
				startedAtMs: TASK.createdAtMs + 5,
				finishedAtMs: TASK.createdAtMs + 90,
			});
		}
	});

	t.test('stops what runs though its cancel was asked for', async (t) => {
		const { mirror, store, stopped } = setup();
		await store.create(TASK);
		await store.requestCancel(TASK, TASK.createdAtMs);
		await mirror(record(statusEvent({})));
		t.strictSame(stopped, [TASK.taskId]);
		await mirror(record(statusEvent({ status: 'ABORTED', stopDate: TASK.createdAtMs + 9 })));
		t.strictSame(stopped, [TASK.taskId]);
		const redriven = { redriveCount: 1, redriveDate: TASK.createdAtMs + 20 };
		await mirror(record(statusEvent(redriven)));
		t.strictSame(stopped, [TASK.taskId], 'a redrive begins without the request of before');
	});

	t.test('the end of a task gives its callback’s key up', async (t) => {
		const { mirror, store, closed } = setup();
		await store.create({ ...TASK, callbackKey: 'PROJ-1' });
		await mirror(record(statusEvent({})));
		t.strictSame(closed, []);
		await mirror(record(statusEvent({ status: 'ABORTED', stopDate: TASK.createdAtMs + 9 })));
		t.strictSame(closed, [[TASK.taskId, 'PROJ-1']]);
	});

	t.test('an event never makes a row', async (t) => {
		const { store, mirror } = setup();
		await mirror(record(statusEvent(succeeded)));
		t.equal(await read(store), undefined);
	});

	t.test('an event of another creation of the same id is dropped', async (t) => {
		const { store, mirror } = setup();
		await store.create({ ...TASK, createdAtMs: TASK.createdAtMs + 1 });
		await mirror(record(statusEvent(succeeded)));
		t.match(await read(store), { status: 'PENDING' });
	});

	t.test('an execution that somebody started by hand under another name is dropped', async (t) => {
		const { store, mirror, lines } = setup();
		await store.create(TASK);
		await mirror(record(statusEvent({ ...succeeded, name: 'by-hand' })));
		await mirror(record(statusEvent({ ...succeeded, input: '{"by":"hand"}' })));
		t.match(await read(store), { status: 'PENDING' });
		t.match(lines, [{ level: 'warn' }, { level: 'warn' }]);
	});

	t.test('what an event leaves out is asked of Step Functions', async (t) => {
		const described = {
			status: 'SUCCEEDED',
			input: INPUT,
			startedAtMs: 1,
			stoppedAtMs: 2,
			redriveCount: 0,
			output: '"long"',
		} as const;
		for (const detail of [
			{ output: null, outputDetails: { included: false } },
			{ input: null, inputDetails: { included: false } },
		]) {
			const { store, mirror, asked } = setup(described);
			await store.create(TASK);
			await mirror(record(statusEvent({ ...succeeded, ...detail })));
			t.equal(asked.length, 1);
			t.match(await read(store), { status: 'SUCCEEDED', result: 'long' });
		}
	});

	t.test('errors are told without stacks, ARNs or request ids', async (t) => {
		const cases: [Record<string, unknown>, { code: string; message: RegExp | string }][] = [
			[
				{ status: 'FAILED', error: 'ValidationError', cause: 'The name is empty.' },
				{ code: 'ValidationError', message: 'The name is empty.' },
			],
			[
				{
					status: 'FAILED',
					error: 'RuntimeError',
					cause: '{"errorType":"RuntimeError","errorMessage":"downstream","trace":["at x"]}',
				},
				{ code: 'RuntimeError', message: 'downstream' },
			],
			[
				{ status: 'FAILED', error: 'States.Runtime', cause: `no access to ${MACHINE}` },
				{ code: 'States.Runtime', message: 'The workflow failed.' },
			],
			[
				{
					status: 'FAILED',
					error: 'Sandbox.Timedout',
					cause: '{"errorMessage":"RequestId: 1 Error: Task timed out"}',
				},
				{ code: 'Sandbox.Timedout', message: 'The workflow failed.' },
			],
			[
				{ status: 'FAILED', error: 'X', cause: '{"not lambda' },
				{ code: 'X', message: 'The workflow failed.' },
			],
			[
				{ status: 'TIMED_OUT', error: 'States.Timeout' },
				{ code: 'States.Timeout', message: /longer/ },
			],
			[{ status: 'ABORTED' }, { code: 'ABORTED', message: /stopped/ }],
		];
		for (const [detail, error] of cases) {
			const { store, mirror } = setup();
			await store.create(TASK);
			await mirror(record(statusEvent({ stopDate: TASK.createdAtMs, ...detail })));
			t.match(await read(store), { status: detail['status'], error });
		}
	});

	t.test('a broken event, and one of an execution nobody knows, fail alone', async (t) => {
		const { mirror, log } = setup();
		const unknown = statusEvent({ input: null, inputDetails: { included: false } });
		const answer = await handleEach([record('{}', 'broken'), record(unknown, 'unknown')], mirror, log);
		t.strictSame(
			answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
			['broken', 'unknown'],
		);
	});
});
