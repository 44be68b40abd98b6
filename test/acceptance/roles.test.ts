import { test } from 'tap';
import { refused, type Statement } from '../../src/local/iam/policy.ts';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { createClient } from '../support/client.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { createRecordingLog } from '../support/recording-log.ts';

/** Permissions of functions that a greeting which succeeds does not use, and who does. */
const UNTRIED: ReadonlyMap<string, string> = new Map([
	['logs:CreateLogStream', 'Lambda itself'],
	['logs:PutLogEvents', 'Lambda itself'],
	['xray:PutTraceSegments', 'Lambda itself'],
	['xray:PutTelemetryRecords', 'Lambda itself'],
	['sqs:ReceiveMessage', 'the event source mapping'],
	['sqs:DeleteMessage', 'the event source mapping'],
	['sqs:GetQueueAttributes', 'the event source mapping'],
	[
		'states:DescribeExecution',
		'a starter whose execution is there already; a listener whose event lacks the output',
	],
]);

test('a greeting uses what the roles of its functions allow, and the roles allow no more', async (t) => {
	const { log } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth: 'none' }, { log, clock: createMovableClock() });
	t.teardown(() => stack.close());
	const { post, finished } = createClient(stack.url);
	const { body } = await post({ type: 'greeting', data: { name: 'Ada' } });
	t.match(await finished(body['task_id']), { status: 'SUCCEEDED' });
	const uses = stack.iam.uses();
	const roles = [...stack.iam.roles].filter(([name]) => uses.some(({ role }) => role === name));
	t.strictSame(
		uses.filter((use) => refused(stack.iam.roles.get(use.role) ?? [], use) !== undefined),
		[],
		'nothing was refused',
	);
	const unused = roles.flatMap(([name, statements]) =>
		permissions(statements)
			.filter(({ Action }) => !UNTRIED.has(Action))
			.filter((one) => !uses.some((use) => use.role === name && refused([one], use) === undefined))
			.map(({ Action, Resource }) => `${name} may ${Action} on ${Resource}`),
	);
	t.strictSame(unused, [], 'nothing is allowed in vain');
});

/** Statements of one action and one resource each. */
function permissions(statements: readonly Statement[]) {
	return statements.flatMap(({ Action, Resource }) =>
		[Action]
			.flat()
			.flatMap((action) =>
				[Resource]
					.flat()
					.map((resource) => ({ Effect: 'Allow' as const, Action: action, Resource: resource })),
			),
	);
}
