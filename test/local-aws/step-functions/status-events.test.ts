import { test } from 'tap';
import type { JsonObject } from '../../../src/local-aws/json.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { failure, openStepFunctions, TASK } from './run-machine.ts';

const GREET = { Greet: { Type: 'Pass', Output: 'hello', End: true } };

test('each status change is an EventBridge event', async (t) => {
	const received: JsonObject[] = [];
	const { create, start, clock } = openStepFunctions(t, {
		answer: () => failure('No', 'why'),
		listen: async (event) => void received.push(event),
	});
	const stateMachineArn = await create({ Work: { ...TASK, End: true } });
	const executionArn = await start(stateMachineArn, { a: 1 }, 'run');
	const detail = { executionArn, stateMachineArn, name: 'run', input: '{"a":1}', startDate: clock.now() };
	const envelope = {
		version: '0',
		'detail-type': 'Step Functions Execution Status Change',
		source: 'aws.states',
		account: '123456789012',
		region: 'us-east-1',
		time: '2026-01-01T00:00:00Z',
		resources: [executionArn],
	};
	t.match(received, [
		{ ...envelope, detail: { ...detail, status: 'RUNNING', stopDate: null, output: null } },
		{
			...envelope,
			detail: { ...detail, status: 'FAILED', stopDate: clock.now(), error: 'No', cause: 'why' },
		},
	]);
	t.not(received[0]?.['id'], received[1]?.['id']);
});

test('a rejected event is delivered again until it is accepted', async (t) => {
	let refusals = 3;
	const { create, start, clock, statuses } = openStepFunctions(t, {
		listen: async () => {
			if (refusals-- > 0) throw new Error('not now');
		},
	});
	await start(await create(GREET));
	t.strictSame(statuses, ['RUNNING', 'SUCCEEDED']);
	await clock.advance(1000);
	t.strictSame(statuses.toSorted(), ['RUNNING', 'RUNNING', 'SUCCEEDED', 'SUCCEEDED']);
	await clock.advance(5000);
	t.equal(statuses.length, 5, 'an accepted event is not delivered again');
});

test('a pending event is delivered after a restart', async (t) => {
	const file = `${t.testdir({})}/states.db`;
	const clock = createManualClock();
	const first = openStepFunctions(t, { file, clock, listen: () => Promise.reject(new Error('not now')) });
	await first.start(await first.create(GREET));
	await first.close();
	const second = openStepFunctions(t, { file, clock });
	await second.settle();
	t.strictSame(second.statuses, ['RUNNING', 'SUCCEEDED']);
	await second.close();
	const third = openStepFunctions(t, { file, clock });
	await third.settle();
	t.strictSame(third.statuses, []);
});

test('the receiver of an event can start an execution', async (t) => {
	let stateMachineArn = '';
	const run = openStepFunctions(t, {
		listen: async ({ detail }) => {
			const { name, status } = Object(detail);
			if (name === 'first' && status === 'SUCCEEDED')
				await run.api('StartExecution', { stateMachineArn, name: 'second' });
		},
	});
	stateMachineArn = await run.create(GREET);
	await run.start(stateMachineArn, {}, 'first');
	const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:second`;
	t.match(await run.describe(executionArn), { status: 'SUCCEEDED' });
});
