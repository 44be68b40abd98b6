import { test } from 'tap';
import { countOperations, type Operations } from '../../src/local/cost/count-operations.ts';
import { exampleRequest } from '../../src/local/cost/example-requests.ts';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { WORKFLOWS } from '../../src/workflows/catalog.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { createRecordingLog } from '../support/recording-log.ts';

/** The AWS calls of every task: its row, its message, its execution, and the starter's read of the row. */
const EVERY_TASK = {
	'dynamodb:PutItem': 1,
	'dynamodb:UpdateItem': 2,
	'dynamodb:GetItem': 1,
	'sns:Publish': 1,
	'states:StartExecution': 1,
};

/** `.ci/run` raises it to 10,000. */
const MANY_TASKS = Number(process.env['MANY_TASKS'] ?? '100');

const READ = 'dynamodb:GetItem';

/** The AWS calls of one task of each workflow. A change here changes the price of a million tasks: see `npm run cost`. */
const EXPECTED: Readonly<Record<string, Pick<Operations, 'actions' | 'steps' | 'transitions'>>> = {
	greeting: { actions: { ...EVERY_TASK, 'sns:Publish': 2 }, steps: 3, transitions: 3 },
	order: { actions: EVERY_TASK, steps: 2, transitions: 4 },
	'process-channels': {
		// One message for each of the two channels, and one write for each progress update.
		actions: { ...EVERY_TASK, 'sns:Publish': 3, 'dynamodb:UpdateItem': 3 },
		steps: 3,
		transitions: 6,
	},
	release: {
		actions: {
			...EVERY_TASK,
			// The callback is announced, opened, awaited, answered, delivered and closed; each write is preceded by a read.
			'dynamodb:PutItem': 7,
			'dynamodb:GetItem': 7,
			'dynamodb:UpdateItem': 4,
			'states:SendTaskSuccess': 1,
			'states:GetExecutionHistory': 1,
			's3:PutObject': 2,
		},
		steps: 5,
		transitions: 7,
	},
};

test('the AWS calls of a task are fixed and do not grow with the number of tasks', async (t) => {
	const { log } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth: 'none' }, { log, clock: createMovableClock() });
	t.teardown(() => stack.close());
	const compare = async (type: string, tasks: number) => {
		const request = exampleRequest(type);
		const { actions, steps, transitions } = await countOperations(stack, request, {
			tasks,
			callbackKey: WORKFLOWS[type]?.callback?.keyOf(request.data),
		});
		const { [READ]: reads = 0, ...others } = actions;
		const { [READ]: expectedReads = 0, ...expected } = EXPECTED[type]?.actions ?? {};
		t.strictSame(
			{ ...EXPECTED[type], actions: others, steps, transitions },
			{ ...EXPECTED[type], actions: expected },
			`${tasks} x ${type}`,
		);
		// An event that arrives after a newer one costs one more read of the row.
		t.ok(reads >= expectedReads && reads <= expectedReads + 1, `${reads} reads`);
	};
	for (const type of Object.keys(WORKFLOWS)) await compare(type, 1);
	for (const tasks of [10, MANY_TASKS]) await compare('greeting', tasks);
});
