import fc from 'fast-check';
import { test } from 'tap';
import type { JsonObject } from '../../../src/local-aws/json.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { failure, ok, openStepFunctions, TASK } from './run-machine.ts';

/** Any sequence of UTF-16 units: emoji, control characters, noncharacters and lone surrogates. */
const text = fc.oneof(
	fc.string({ unit: 'binary' }),
	fc.string({ unit: 'grapheme' }),
	fc
		.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
		.map((units) => String.fromCharCode(...units)),
	fc.constantFrom('😀', '\ud83d', '\ude00', '\ude00\ud83d', '\u0000', '\u2028', '\ufffe', '{% 1 %}'),
);

test('inputs, outputs, variables and status events keep any text', async (t) => {
	const received: JsonObject[] = [];
	const file = `${t.testdir({})}/states.db`;
	const clock = createManualClock();
	const run = openStepFunctions(t, {
		file,
		clock,
		answer: ({ input }) => ok(input),
		listen: async ({ detail }) => void received.push(JSON.parse(JSON.stringify(detail))),
	});
	const stateMachineArn = await run.create({
		Keep: { Type: 'Pass', Assign: { kept: '{% $states.input %}' }, Next: 'Call' },
		Call: { ...TASK, Arguments: '{% {"sent": $kept, $kept: 1} %}', End: true },
	});
	const samples: { readonly executionArn: string; readonly input: string; readonly output: object }[] = [];
	await fc.assert(
		fc.asyncProperty(text, async (value) => {
			received.length = 0;
			const executionArn = await run.start(stateMachineArn, value);
			const { status, input, output } = await run.describe(executionArn);
			const expected = Object.fromEntries([
				['sent', value],
				[value, 1],
			]);
			t.equal(status, 'SUCCEEDED');
			t.equal(input, JSON.stringify(value));
			t.strictSame(JSON.parse(String(output)), expected);
			t.match(received, [
				{ status: 'RUNNING', input },
				{ status: 'SUCCEEDED', input, output },
			]);
			samples.push({ executionArn, input: JSON.stringify(value), output: expected });
		}),
		{ numRuns: 60 },
	);
	await run.close();
	const restarted = openStepFunctions(t, { file, clock });
	for (const { executionArn, input, output } of samples) {
		const described = await restarted.describe(executionArn);
		t.equal(described['input'], input, 'the input survives a restart');
		t.strictSame(JSON.parse(String(described['output'])), output, 'the output survives a restart');
	}
});

test('errors, causes and callbacks keep any text', async (t) => {
	const { create, start, describe, events, calls, api, settle } = openStepFunctions(t, {
		answer: ({ input, resource }) =>
			resource === 'sns:publish' ? ok(null) : failure(`E${String(Object(input).a)}`, String(Object(input).a)),
	});
	const failing = await create({ Work: { ...TASK, Arguments: { a: '{% $states.input %}' }, End: true } });
	const waiting = await create({
		Ask: {
			Type: 'Task',
			Resource: 'arn:aws:states:::sns:publish.waitForTaskToken',
			Arguments: { Message: '{% $states.context.Task.Token %}' },
			End: true,
		},
	});
	await fc.assert(
		fc.asyncProperty(text, async (value) => {
			const failed = await start(failing, value);
			t.strictSame((await describe(failed))['error'], `E${value}`);
			t.strictSame((await describe(failed))['cause'], value);
			t.match((await events(failed)).at(-1), { executionFailedEventDetails: { cause: value } });
			const executionArn = await start(waiting, value);
			const taskToken = String(Object(calls.at(-1)?.input).Message);
			await api('SendTaskSuccess', { taskToken, output: JSON.stringify(value) });
			await settle();
			t.equal((await describe(executionArn))['output'], JSON.stringify(value));
		}),
		{ numRuns: 40 },
	);
});
