import { test } from 'tap';
import type { Json, JsonObject } from '../../../../src/local-aws/json.ts';
import { ok, openStepFunctions, TASK } from '../run-machine.ts';

const DONE = { Type: 'Succeed' } as const;

test('the context object', async (t) => {
	const { create, start, describe, clock } = openStepFunctions(t, { answer: ({ input }) => ok(input) });
	const Arguments = { FunctionName: 'f', context: '{% $states.context %}' };
	const arn = await create({
		Rest: { Type: 'Wait', Seconds: 2, Output: { n: 1 }, Next: 'Look' },
		Look: { ...TASK, Arguments, Output: '{% [$states.input, $states.result.context] %}', End: true },
	});
	const at = (ms: number) => new Date(ms).toISOString();
	const startedAtMs = clock.now();
	const execution = await start(arn, { a: 1 }, 'run');
	await clock.advance(2000);
	const { output } = await describe(execution);
	t.strictSame(JSON.parse(String(output)), [
		{ n: 1 },
		{
			Execution: {
				Id: execution,
				Input: { a: 1 },
				Name: 'run',
				RoleArn: 'arn:aws:iam::123456789012:role/x',
				StartTime: at(startedAtMs),
				RedriveCount: 0,
			},
			State: { EnteredTime: at(startedAtMs + 2000), Name: 'Look', RetryCount: 0 },
			StateMachine: { Id: arn, Name: 'machine-1' },
		},
	]);
});

test('variables are assigned together after the state', async (t) => {
	const { create, start, describe } = openStepFunctions(t);
	const execution = await start(
		await create({
			Begin: { Type: 'Pass', Assign: { a: 1, b: 2 }, Next: 'Swap' },
			Swap: { Type: 'Pass', Assign: { a: '{% $b %}', b: '{% $a %}' }, Output: '{% [$a, $b] %}', Next: 'End' },
			End: { Type: 'Succeed', Output: '{% {"before": $states.input, "after": [$a, $b]} %}' },
		}),
	);
	t.match(await describe(execution), { output: '{"before":[1,2],"after":[2,1]}' });
});

test('a Choice takes the first matching rule with its own Output and Assign', async (t) => {
	const states = {
		Choose: {
			Type: 'Choice',
			Choices: [
				{ Condition: '{% $states.input > 10 %}', Output: 'large', Assign: { size: 3 }, Next: 'End' },
				{ Condition: '{% $states.input > 5 %}', Next: 'End' },
				{ Condition: '{% $states.input > 4 %}', Output: 'never', Next: 'End' },
			],
			Output: 'small',
			Assign: { size: 1 },
			Default: 'End',
		},
		End: { Type: 'Succeed', Output: '{% [$states.input, $exists($size) ? $size : null] %}' },
	};
	for (const [input, output] of [
		[11, '["large",3]'],
		[6, '[6,null]'],
		[1, '["small",1]'],
	] as const) {
		const { create, start, describe } = openStepFunctions(t);
		t.match(await describe(await start(await create(states), input)), { output }, `${input}`);
	}
});

test('a Choice without a match, and one with an invalid condition', async (t) => {
	const { create, start, describe, history } = openStepFunctions(t);
	const states = (Condition: string) => ({
		Choose: { Type: 'Choice', Choices: [{ Condition, Next: 'End' }] },
		End: DONE,
	});
	const lost = await start(await create(states('{% false %}')));
	t.match(await describe(lost), {
		status: 'FAILED',
		error: 'States.NoChoiceMatched',
		cause: /^An error occurred while executing the state 'Choose' \(entered at the event id #2\)\. /,
	});
	const wrong = await start(await create(states('{% 1 %}')));
	t.match(await describe(wrong), {
		error: 'States.QueryEvaluationError',
		cause:
			/'Choices\[0\]\/Condition' returned an unexpected result type. Expected 'boolean', but was 'number'/,
	});
	t.strictSame(await history(wrong), [
		[1, 0, 'ExecutionStarted'],
		[2, 0, 'ChoiceStateEntered'],
		[3, 0, 'EvaluationFailed'],
		[4, 3, 'ExecutionFailed'],
	]);
});

test('a Wait ends at its time, or at once if it has passed', async (t) => {
	const cases: [fields: JsonObject, seconds: number][] = [
		[{ Seconds: 3 }, 3],
		[{ Seconds: '{% $states.input.seconds %}' }, 4],
		[{ Timestamp: '2026-01-01T00:00:05Z' }, 5],
		[{ Timestamp: '2026-01-01T01:00:06+01:00' }, 6],
		[{ Timestamp: '{% $fromMillis($millis() + 7000) %}' }, 7],
		[{ Seconds: 0 }, 0],
		[{ Timestamp: '2020-01-01T00:00:00Z' }, 0],
	];
	for (const [fields, seconds] of cases) {
		const { create, start, describe, clock } = openStepFunctions(t);
		const execution = await start(
			await create({ Rest: { Type: 'Wait', ...fields, Output: 'rested', End: true } }),
			{ seconds: 4 },
		);
		if (seconds > 0) {
			await clock.advance(seconds * 1000 - 1);
			t.match(await describe(execution), { status: 'RUNNING' }, JSON.stringify(fields));
			await clock.advance(1);
		}
		t.match(await describe(execution), { status: 'SUCCEEDED', output: '"rested"' }, JSON.stringify(fields));
	}
});

test('errors of Wait and Map have the texts of AWS', async (t) => {
	const processor = { StartAt: 'Item', States: { Item: { Type: 'Pass', End: true } } };
	const map = { Type: 'Map', ItemProcessor: processor, End: true };
	const prefix = "An error occurred while executing the state 'S' (entered at the event id #2). ";
	const timestamp = (value: string) =>
		`${prefix}The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${value}`;
	const cases: [state: JsonObject, input: Json, cause: string, location?: string][] = [
		...['2016-13-05T21:29:29Z', '2016-12-05 21:29:29Z', '2016-12-05T21:29:29'].map(
			(value): [JsonObject, Json, string, string] => [
				{ Type: 'Wait', Timestamp: '{% $states.input %}', End: true },
				value,
				timestamp(value),
				'Timestamp',
			],
		),
		[map, { foo: 'bar' }, `${prefix}Map state input must be an array but was: {"foo":"bar"}`],
		[map, null, `${prefix}Map state input must be an array but was: null`],
		[
			{ ...map, Items: "{% {'foo': 'bar'} %}" },
			1,
			`${prefix}The JSONata expression '{'foo': 'bar'}' specified for the field 'Items' returned an unexpected result type. Expected 'array', but was 'object' for value: {"foo":"bar"}`,
			'Items',
		],
		[
			{ ...map, Items: '{% $range(1, 1, 1) %}' },
			1,
			`${prefix}The JSONata expression '$range(1, 1, 1)' specified for the field 'Items' returned an unexpected result type. Expected 'array', but was 'number' for value: 1`,
			'Items',
		],
		[
			{ ...map, Items: '{% $fn := function($x){$x} %}' },
			1,
			`${prefix}The JSONata expression '$fn := function($x){$x}' specified for the field 'Items' returned an unsupported result type.`,
			'Items',
		],
		[
			{ ...map, Items: [1], MaxConcurrency: '{% $states.input.missing %}' },
			1,
			`${prefix}The JSONata expression '$states.input.missing' specified for the field 'MaxConcurrency' returned nothing (undefined).`,
			'MaxConcurrency',
		],
	];
	for (const [state, input, cause, location] of cases) {
		const { create, start, events } = openStepFunctions(t);
		const recorded = await events(await start(await create({ S: state }), input));
		const failure = { error: 'States.QueryEvaluationError', cause };
		t.strictSame(
			recorded[2]?.['evaluationFailedEventDetails'],
			{ ...failure, ...(location === undefined ? {} : { location }), state: 'S' },
			cause,
		);
		t.strictSame(
			recorded.slice(2).map(({ type, previousEventId }) => [type, previousEventId]),
			[
				['EvaluationFailed', 0],
				...(state['Type'] === 'Map' ? [['MapStateFailed', 3]] : []),
				['ExecutionFailed', state['Type'] === 'Map' ? 4 : 3],
			],
		);
		t.strictSame(recorded.at(-1)?.['executionFailedEventDetails'], failure);
	}
});

test('fields of rules and catchers are named by their index', async (t) => {
	const nothing = '{% $states.input.missing %}';
	const choice = (rule: JsonObject) => ({
		Type: 'Choice',
		Choices: [
			{ Condition: false, Next: 'End' },
			{ Condition: true, Next: 'End', ...rule },
		],
		Default: 'End',
	});
	const Catch = [
		{ ErrorEquals: ['States.Timeout'], Next: 'End' },
		{ ErrorEquals: ['States.ALL'], Output: { v: [nothing] }, Next: 'End' },
	];
	for (const [state, field] of [
		[choice({ Condition: nothing }), 'Choices[1]/Condition'],
		[choice({ Output: { v: nothing } }), 'Choices[1]/Output/v'],
		[choice({ Assign: { x: nothing } }), 'Choices[1]/Assign/x'],
		[{ ...TASK, Arguments: nothing, Catch, Next: 'End' }, 'Catch[1]/Output/v[0]'],
	] as const) {
		const { create, start, describe } = openStepFunctions(t);
		const { cause } = await describe(await start(await create({ S: state, End: DONE })));
		t.match(
			String(cause),
			`'$states.input.missing' specified for the field '${field}' returned nothing (undefined).`,
		);
	}
});

test('a Wait of more than 24,855 days fails the execution', async (t) => {
	for (const [days, status] of [
		[24_855, 'RUNNING'],
		[24_856, 'FAILED'],
	] as const) {
		const { create, start, describe, clock } = openStepFunctions(t);
		const Timestamp = new Date(clock.now() + days * 86_400_000).toISOString();
		const execution = await start(await create({ S: { Type: 'Wait', Timestamp, End: true } }));
		t.match(await describe(execution), {
			status,
			...(status === 'FAILED' ? { error: 'States.Runtime', cause: /Wait state delay is too long\.$/ } : {}),
		});
	}
});

test('a Wait with an invalid time fails', async (t) => {
	for (const fields of [
		{ Seconds: '{% -1 %}' },
		{ Seconds: '{% 1.5 %}' },
		{ Timestamp: '{% "tomorrow" %}' },
	]) {
		const { create, start, describe } = openStepFunctions(t);
		const execution = await start(await create({ Rest: { Type: 'Wait', ...fields, End: true } }));
		t.match(await describe(execution), { status: 'FAILED', error: 'States.QueryEvaluationError' });
	}
});

test('a Fail reports only the fields that it has', async (t) => {
	const cases: [fields: JsonObject, why: JsonObject][] = [
		[{}, {}],
		[{ Error: 'E' }, { error: 'E' }],
		[{ Cause: '{% "c" & $states.input %}' }, { cause: 'c1' }],
		[
			{ Error: 'E', Cause: 'c' },
			{ error: 'E', cause: 'c' },
		],
	];
	for (const [fields, why] of cases) {
		const { create, start, describe, events } = openStepFunctions(t);
		const execution = await start(await create({ Fail: { Type: 'Fail', ...fields } }), 1);
		const { status, error, cause } = await describe(execution);
		t.strictSame({ status, error, cause }, { error: undefined, cause: undefined, ...why, status: 'FAILED' });
		t.strictSame((await events(execution)).at(-1)?.['executionFailedEventDetails'], why);
	}
});

test('a failed expression names its field and its state', async (t) => {
	const { create, start, events } = openStepFunctions(t);
	const execution = await start(
		await create({
			First: { Type: 'Pass', Next: 'Second' },
			Second: { Type: 'Pass', Output: { result: '{% $doesNotExist %}' }, End: true },
		}),
	);
	const why = {
		cause:
			"An error occurred while executing the state 'Second' (entered at the event id #4). The JSONata expression '$doesNotExist' specified for the field 'Output/result' returned nothing (undefined).",
		error: 'States.QueryEvaluationError',
	};
	t.match((await events(execution)).slice(3), [
		{ id: 4, previousEventId: 3, type: 'PassStateEntered' },
		{
			id: 5,
			previousEventId: 3,
			type: 'EvaluationFailed',
			evaluationFailedEventDetails: { ...why, location: 'Output/result', state: 'Second' },
		},
		{ id: 6, previousEventId: 5, type: 'ExecutionFailed', executionFailedEventDetails: why },
	]);
});

test('outputs, results and variables are limited to 256 KiB in UTF-8', async (t) => {
	const text = '{% $pad("", 131071, "ü") %}';
	const cases: [state: JsonObject, status: string][] = [
		[{ Type: 'Pass', Output: text, End: true }, 'SUCCEEDED'],
		[{ Type: 'Pass', Output: [text], End: true }, 'FAILED'],
		[{ Type: 'Pass', Assign: { long: text }, End: true }, 'FAILED'],
		[{ ...TASK, Output: 1, End: true }, 'FAILED'],
	];
	for (const [state, status] of cases) {
		const { create, start, describe } = openStepFunctions(t, { answer: () => ok('ü'.repeat(131_072)) });
		const execution = await start(await create({ Work: state }));
		t.match(
			await describe(execution),
			status === 'SUCCEEDED'
				? { status }
				: {
						status,
						error: 'States.DataLimitExceeded',
						cause:
							/^The state\/task '.+' returned a result with a size exceeding the maximum number of bytes/,
					},
		);
	}
});
