import { test } from 'tap';
import type { JsonObject } from '../../../src/local-aws/json.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { failure, ok, openStepFunctions, TASK } from './run-machine.ts';

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

test('above 248 KiB of escaped text an event omits the input, and then the output', async (t) => {
	const limit = 248 * 1024;
	/** Its JSON text has two quotes more, which are escaped in the event: 4 bytes in all. */
	const text = (bytes: number) => 'x'.repeat(bytes - 4);
	const cases: [inputBytes: number, outputBytes: number, input: boolean, output: boolean][] = [
		[limit / 2, limit / 2, true, true],
		[limit / 2, limit / 2 + 1, false, true],
		[8, limit, false, true],
		[8, limit + 1, false, false],
		[limit + 1, 8, false, true],
	];
	for (const [inputBytes, outputBytes, input, output] of cases) {
		const received: JsonObject[] = [];
		const { create, start, describe } = openStepFunctions(t, {
			listen: async ({ detail }) => void received.push(Object(detail)),
			answer: () => ok(text(outputBytes)),
		});
		const execution = await start(await create({ Work: { ...TASK, End: true } }), text(inputBytes));
		const full = await describe(execution);
		const name = `${inputBytes} and ${outputBytes} bytes`;
		t.strictSame(received[1]?.['inputDetails'], { included: input }, name);
		t.strictSame(received[1]?.['input'], input ? full['input'] : null, name);
		t.strictSame(received[1]?.['outputDetails'], { included: output }, name);
		t.strictSame(received[1]?.['output'], output ? full['output'] : null, name);
		t.strictSame(received[0]?.['inputDetails'], { included: inputBytes <= limit }, name);
		t.equal(received[0]?.['outputDetails'], null, 'a running execution has no output');
		t.match(full, { inputDetails: { included: true }, outputDetails: { included: true } });
	}
});

test('escaped quotes and emoji count in bytes', async (t) => {
	const received: JsonObject[] = [];
	const { create, start } = openStepFunctions(t, {
		listen: async ({ detail }) => void received.push(Object(detail)),
	});
	const stateMachineArn = await create({ Work: { Type: 'Pass', Output: 1, End: true } });
	for (const [input, included] of [
		['"'.repeat(60_000), true],
		['"'.repeat(70_000), false],
		['😀'.repeat(63_000), true],
		['😀'.repeat(64_000), false],
	] as const) {
		received.length = 0;
		await start(stateMachineArn, input);
		t.strictSame(received[0]?.['inputDetails'], { included }, `${input.slice(0, 2)} ${input.length}`);
	}
});

test('events of redrives have a count, a date in milliseconds and a status', async (t) => {
	const received: JsonObject[] = [];
	const { create, start, api, clock, settle } = openStepFunctions(t, {
		listen: async ({ detail }) => void received.push(Object(detail)),
		answer: () => failure('No'),
	});
	const executionArn = await start(await create({ Work: { ...TASK, End: true } }));
	await clock.advance(5000);
	await api('RedriveExecution', { executionArn });
	await settle();
	t.match(received, [
		{
			status: 'RUNNING',
			redriveCount: 0,
			redriveDate: null,
			redriveStatus: 'NOT_REDRIVABLE',
			redriveStatusReason: 'Execution is RUNNING and cannot be redriven',
		},
		{ status: 'FAILED', redriveCount: 0, redriveStatus: 'REDRIVABLE', redriveStatusReason: null },
		{ status: 'RUNNING', redriveCount: 1, redriveDate: clock.now(), stopDate: null, error: null },
		{ status: 'FAILED', redriveCount: 1, redriveDate: clock.now(), stopDate: clock.now(), error: 'No' },
	]);
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
