import { test } from 'tap';
import type { JsonObject } from '../../../src/local-aws/json.ts';
import { failure, ok, openStepFunctions, TASK } from './run-machine.ts';

type Row = [id: number, previousEventId: number, type: string];

const FAIL = { StartAt: 'Broken', States: { Broken: { Type: 'Fail', Error: 'Error', Cause: 'Cause' } } };
const START: Row[] = [
	[1, 0, 'ExecutionStarted'],
	[2, 0, 'PassStateEntered'],
	[3, 2, 'PassStateExited'],
];
const Retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 2, BackoffRate: 1 }];
const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Last' }];

/** Histories of failures as AWS records them. */
const CASES: Readonly<Record<string, { states: JsonObject; history: Row[] }>> = {
	'a failed iteration that is caught': {
		states: {
			First: { Type: 'Pass', Output: [1], Next: 'Each' },
			Each: { Type: 'Map', ItemProcessor: FAIL, Catch, Next: 'Last' },
			Last: { Type: 'Pass', End: true },
		},
		history: [
			...START,
			[4, 3, 'MapStateEntered'],
			[5, 4, 'MapStateStarted'],
			[6, 5, 'MapIterationStarted'],
			[7, 6, 'FailStateEntered'],
			[8, 7, 'MapIterationFailed'],
			[9, 7, 'MapStateFailed'],
			[10, 9, 'MapStateExited'],
			[11, 10, 'PassStateEntered'],
			[12, 11, 'PassStateExited'],
			[13, 12, 'ExecutionSucceeded'],
		],
	},
	'a failed iteration that is retried': {
		states: {
			First: { Type: 'Pass', Output: [1], Next: 'Each' },
			Each: { Type: 'Map', ItemProcessor: FAIL, Retry, End: true },
		},
		history: [
			...START,
			[4, 3, 'MapStateEntered'],
			[5, 4, 'MapStateStarted'],
			[6, 5, 'MapIterationStarted'],
			[7, 6, 'FailStateEntered'],
			[8, 7, 'MapIterationFailed'],
			[9, 7, 'MapStateStarted'],
			[10, 9, 'MapIterationStarted'],
			[11, 10, 'FailStateEntered'],
			[12, 11, 'MapIterationFailed'],
			[13, 11, 'MapStateStarted'],
			[14, 13, 'MapIterationStarted'],
			[15, 14, 'FailStateEntered'],
			[16, 15, 'MapIterationFailed'],
			[17, 15, 'MapStateFailed'],
			[18, 17, 'ExecutionFailed'],
		],
	},
	'Map items of the wrong type': {
		states: {
			First: { Type: 'Pass', Output: { foo: 'bar' }, Next: 'Each' },
			Each: { Type: 'Map', ItemProcessor: FAIL, End: true },
		},
		history: [
			...START,
			[4, 3, 'MapStateEntered'],
			[5, 3, 'EvaluationFailed'],
			[6, 5, 'MapStateFailed'],
			[7, 6, 'ExecutionFailed'],
		],
	},
	'a failed branch': {
		states: { Both: { Type: 'Parallel', Branches: [FAIL], End: true } },
		history: [
			[1, 0, 'ExecutionStarted'],
			[2, 0, 'ParallelStateEntered'],
			[3, 2, 'ParallelStateStarted'],
			[4, 3, 'FailStateEntered'],
			[5, 4, 'ParallelStateFailed'],
			[6, 5, 'ExecutionFailed'],
		],
	},
	'a failed branch that is caught': {
		states: {
			Both: { Type: 'Parallel', Branches: [FAIL], Catch, Next: 'Last' },
			Last: { Type: 'Pass', End: true },
		},
		history: [
			[1, 0, 'ExecutionStarted'],
			[2, 0, 'ParallelStateEntered'],
			[3, 2, 'ParallelStateStarted'],
			[4, 3, 'FailStateEntered'],
			[5, 4, 'ParallelStateFailed'],
			[6, 5, 'ParallelStateExited'],
			[7, 6, 'PassStateEntered'],
			[8, 7, 'PassStateExited'],
			[9, 8, 'ExecutionSucceeded'],
		],
	},
	'a failed branch that is retried': {
		states: { Both: { Type: 'Parallel', Branches: [FAIL], Retry, End: true } },
		history: [
			[1, 0, 'ExecutionStarted'],
			[2, 0, 'ParallelStateEntered'],
			[3, 2, 'ParallelStateStarted'],
			[4, 3, 'FailStateEntered'],
			[5, 4, 'ParallelStateStarted'],
			[6, 5, 'FailStateEntered'],
			[7, 6, 'ParallelStateStarted'],
			[8, 7, 'FailStateEntered'],
			[9, 8, 'ParallelStateFailed'],
			[10, 9, 'ExecutionFailed'],
		],
	},
	'a missed heartbeat': {
		states: {
			Ask: {
				Type: 'Task',
				Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
				Arguments: { QueueUrl: 'q', MessageBody: '{% $states.context.Task.Token %}' },
				HeartbeatSeconds: 5,
				TimeoutSeconds: 600,
				End: true,
			},
		},
		history: [
			[1, 0, 'ExecutionStarted'],
			[2, 0, 'TaskStateEntered'],
			[3, 2, 'TaskScheduled'],
			[4, 3, 'TaskStarted'],
			[5, 4, 'TaskSubmitted'],
			[6, 5, 'TaskTimedOut'],
			[7, 6, 'ExecutionFailed'],
		],
	},
	'a failed task that is not caught': {
		states: {
			Work: { ...TASK, Catch: [{ ErrorEquals: ['Other'], Next: 'Last' }], Next: 'Last' },
			Last: { Type: 'Succeed' },
		},
		history: [
			[1, 0, 'ExecutionStarted'],
			[2, 0, 'TaskStateEntered'],
			[3, 2, 'TaskScheduled'],
			[4, 3, 'TaskStarted'],
			[5, 4, 'TaskFailed'],
			[6, 5, 'ExecutionFailed'],
		],
	},
};

for (const [name, { states, history }] of Object.entries(CASES)) {
	test(`the history of ${name}`, async (t) => {
		const run = openStepFunctions(t, {
			answer: ({ resource }) => (resource === 'lambda:invoke' ? failure('Broken') : ok({ MessageId: '1' })),
		});
		const execution = await run.start(await run.create(states));
		await run.clock.advance(5000);
		await run.settle();
		t.strictSame(await run.history(execution), history);
	});
}
