import validator from 'asl-validator';
import { test } from 'tap';
import { readDefinitions } from '../../../src/deploy/load-workflows.ts';
import { checkDefinition, parseDefinition } from '../../../src/local-aws/step-functions/parse-definition.ts';

const PASS = { Type: 'Pass', End: true } as const;
const STEPS_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:steps';
const TASK = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', End: true } as const;

const machine = (states: object, more: object = {}) => ({
	QueryLanguage: 'JSONata',
	StartAt: Object.keys(states)[0],
	States: states,
	...more,
});
const one = (state: object) => machine({ S: state });

test('the workflows’ definitions are valid, also for another validator', async (t) => {
	for (const { name, definition } of readDefinitions()) {
		const text = JSON.stringify(definition).replaceAll('${StepsFunctionArn}', STEPS_ARN);
		t.doesNotThrow(() => parseDefinition(text), name);
		// The validator modifies its argument.
		t.match(validator(structuredClone(definition)), { isValid: true }, name);
	}
});

test('a machine with every state type is valid, also for another validator', async (t) => {
	const definition = machine({
		Ask: {
			Type: 'Task',
			Resource: TASK.Resource,
			Arguments: { FunctionName: 'f' },
			Next: 'Plain',
		},
		Plain: {
			Type: 'Task',
			Resource: 'arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f:live',
			Retry: [{ ErrorEquals: ['A'] }],
			Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Failed', Assign: { why: '{% $states.errorOutput %}' } }],
			Next: 'Both',
		},
		Both: { Type: 'Parallel', Branches: [machineBranch('Left'), machineBranch('Right')], Next: 'Each' },
		Each: {
			Type: 'Map',
			Items: [1, 2],
			MaxConcurrency: 1,
			ItemProcessor: machineBranch('Item'),
			Next: 'Until',
		},
		Until: { Type: 'Wait', Timestamp: '2028-02-29T23:59:59.5+01:00', Next: 'Which' },
		Which: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'Done' }], Default: 'Failed' },
		Done: { Type: 'Succeed', Output: '{% $states.input %}' },
		Failed: { Type: 'Fail', Error: 'E', Cause: '{% $string($why) %}' },
	});
	t.strictSame(
		Object.keys(parseDefinition(JSON.stringify(definition)).States),
		Object.keys(definition.States),
	);
	t.match(validator(JSON.parse(JSON.stringify(definition))), { isValid: true });
});

test('invalid definitions are refused with the path of each fault', async (t) => {
	const cases: [string, object, RegExp][] = [
		['no states', machine({}, { StartAt: 'S' }), /'States' must be non-empty at \/States/],
		['no start', { QueryLanguage: 'JSONata', States: { S: PASS } }, /required: \[StartAt\] at \//],
		[
			'an unknown start',
			machine({ S: PASS }, { StartAt: 'X' }),
			/MISSING_TRANSITION_TARGET: Missing 'StartAt' target: X at \/StartAt/,
		],
		[
			'an unknown next state',
			one({ Type: 'Pass', Next: 'X' }),
			/MISSING_TRANSITION_TARGET: Missing 'Next' target: X at \/States\/S\/Next/,
		],
		['neither next nor end', one({ Type: 'Pass' }), /either 'Next' or 'End': true at \/States\/S/],
		['both next and end', one({ ...PASS, Next: 'S' }), /either 'Next' or 'End': true at \/States\/S/],
		[
			'an unreachable state',
			machine({ S: PASS, T: PASS }),
			/MISSING_TRANSITION_TARGET: State "T" is not reachable\. at \/States\/T/,
		],
		[
			'no end',
			machine({ S: { Type: 'Pass', Next: 'T' }, T: { Type: 'Pass', Next: 'S' } }),
			/No state ends the branch at \/States/,
		],
		[
			'an unknown type',
			one({ Type: 'Activity', End: true }),
			/'Type' should have one of these values: \[Task, Pass, .*\] at \/States\/S\/Type/,
		],
		['no type', one({ End: true }), /at \/States\/S\/Type/],
		['an unknown field', one({ ...PASS, Colour: 'red' }), /Field 'Colour' is not supported at \/States\/S/],
		['an unknown top-level field', machine({ S: PASS }, { Colour: 'red' }), /Field 'Colour' .* at \//],
		['an unknown query language', machine({ S: PASS }, { QueryLanguage: 'X' }), /JSONata, JSONPath/],
		['a long name', machine({ ['S'.repeat(81)]: PASS }), /1 to 80 characters at \/States\/SSS/],
		['an empty name', machine({ '': PASS }), /1 to 80 characters at \/States\//],
		[
			'a duplicate name',
			one({ Type: 'Parallel', Branches: [machineBranch('S')], End: true }),
			/DUPLICATE_STATE_NAME: Duplicate State name: S at \/States\/S\/Branches\/0\/States\/S/,
		],
		...[
			'arn:aws:states:::glue:startJobRun.sync',
			'arn:aws:states:us-east-1:123456789012:activity:x',
			'arn:aws-mars:states:::lambda:invoke',
			'arn:aws:lambda:::function:f',
		].map((Resource): [string, object, RegExp] => [
			Resource,
			one({ ...TASK, Resource }),
			new RegExp(`The resource ${Resource} is not supported here\\. Supported: .* at /States/S/Resource`),
		]),
		['credentials', one({ ...TASK, Credentials: { RoleArn: 'x' } }), /'Credentials'.* at \/States\/S/],
		[
			'a timeout of 0',
			one({ ...TASK, TimeoutSeconds: 0 }),
			/'TimeoutSeconds' must be >= 1 or a JSONata expression .* at \/States\/S\/TimeoutSeconds/,
		],
		[
			'a heartbeat as long as the timeout',
			one({ ...TASK, TimeoutSeconds: 5, HeartbeatSeconds: 5 }),
			/smaller.* at \/States\/S\/HeartbeatSeconds/,
		],
		[
			'an invalid expression',
			one({ ...TASK, Arguments: { a: ['{% 1 + %}'] } }),
			/Invalid JSONata expression.* at \/States\/S\/Arguments\/a\/0/,
		],
		[
			'an invalid expression in data with a member States',
			one({ ...TASK, Arguments: { States: '{% 1 + %}' } }),
			/Invalid JSONata expression.* at \/States\/S\/Arguments\/States/,
		],
		[
			'a retrier without errors',
			one({ ...TASK, Retry: [{ ErrorEquals: [] }] }),
			/'ErrorEquals' must be non-empty at \/States\/S\/Retry\/0\/ErrorEquals/,
		],
		...(
			[
				['BackoffRate', 0.5],
				['IntervalSeconds', 0],
				['MaxAttempts', -1],
				['JitterStrategy', 'SOME'],
				['MaxDelaySeconds', 0],
			] as const
		).map(([field, value]): [string, object, RegExp] => [
			`${field} ${value}`,
			one({ ...TASK, Retry: [{ ErrorEquals: ['A'], [field]: value }] }),
			new RegExp(`at /States/S/Retry/0/${field}`),
		]),
		[
			'States.ALL with other errors',
			one({ ...TASK, Retry: [{ ErrorEquals: ['A', 'States.ALL'] }] }),
			/States\.ALL must be alone.* at \/States\/S\/Retry\/0\/ErrorEquals/,
		],
		[
			'States.ALL before other retriers',
			one({ ...TASK, Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['A'] }] }),
			/States\.ALL must be alone.* at \/States\/S\/Retry\/0/,
		],
		[
			'a catcher with an unknown next state',
			one({ ...TASK, Catch: [{ ErrorEquals: ['A'], Next: 'X' }] }),
			/Missing 'Next' target: X at \/States\/S\/Catch\/0\/Next/,
		],
		['a Choice without rules', one({ Type: 'Choice', Choices: [] }), /at \/States\/S\/Choices/],
		[
			'a condition without an expression',
			one({ Type: 'Choice', Choices: [{ Condition: 'x', Next: 'S' }] }),
			/'Condition' must be a JSONata expression .* or of type boolean at \/States\/S\/Choices\/0\/Condition/,
		],
		[
			'an unknown default',
			one({ Type: 'Choice', Choices: [{ Condition: true, Next: 'S' }], Default: 'X' }),
			/Missing 'Default' target: X at \/States\/S\/Default/,
		],
		[
			'a Wait without a time',
			one({ Type: 'Wait', End: true }),
			/exactly one of 'Seconds' and 'Timestamp' at \/States\/S/,
		],
		[
			'a Wait with two times',
			one({ Type: 'Wait', Seconds: 1, Timestamp: '2026-01-01T00:00:00Z', End: true }),
			/exactly one.* at \/States\/S/,
		],
		...['tomorrow', '2026-02-30T00:00:00Z', '2026-01-01t00:00:00Z', '2026-01-01T00:00:00'].map(
			(Timestamp): [string, object, RegExp] => [
				`the timestamp ${Timestamp}`,
				one({ Type: 'Wait', Timestamp, End: true }),
				/String does not match RFC3339 timestamp at \/States\/S\/Timestamp/,
			],
		),
		['no branches', one({ Type: 'Parallel', Branches: [], End: true }), /at \/States\/S\/Branches/],
		[
			'an invalid branch',
			one({ Type: 'Parallel', Branches: [{ StartAt: 'X', States: { T: PASS } }], End: true }),
			/Missing 'StartAt' target: X at \/States\/S\/Branches\/0\/StartAt/,
		],
		[
			'a distributed Map',
			one({
				Type: 'Map',
				ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...machineBranch('T') },
				End: true,
			}),
			/'Mode' must be INLINE: the local Step Functions runs inline Maps only at \/States\/S\/ItemProcessor\/ProcessorConfig\/Mode/,
		],
		...['ToleratedFailureCount', 'ItemReader', 'ResultWriter'].map((field): [string, object, RegExp] => [
			field,
			one({ Type: 'Map', ItemProcessor: machineBranch('T'), [field]: 1, End: true }),
			new RegExp(`Field '${field}' is not supported: .* inline Maps only at /States/S`),
		]),
		...[
			{ ...PASS, Assign: { states: 1 } },
			{ ...TASK, Catch: [{ ErrorEquals: ['A'], Next: 'S', Assign: { states: 1 } }] },
			{ Type: 'Choice', Choices: [{ Condition: true, Next: 'S', Assign: { states: 1 } }] },
		].map((state): [string, object, RegExp] => [
			`a variable named states in a ${state.Type}`,
			one(state),
			/Invalid variable name: states at \/States\/S\/((Catch|Choices)\/0\/)?Assign\/states/,
		]),
		[
			'a variable with a hyphen',
			one({ ...PASS, Assign: { 'a-b': 1 } }),
			/Invalid variable name: a-b at \/States\/S\/Assign\/a-b/,
		],
	];
	for (const [name, definition, message] of cases)
		t.throws(() => parseDefinition(JSON.stringify(definition)), { name: 'InvalidDefinition', message }, name);
	t.throws(() => parseDefinition('{'), { name: 'InvalidDefinition', message: /INVALID_JSON_DESCRIPTION/ });
	t.throws(() => parseDefinition('[]'), { message: /Definition must be a valid JSON object/ });
});

test('a JSONPath machine is refused once, with the fields to use instead', async (t) => {
	const states = {
		S: { Type: 'Pass', Result: 1, ResultPath: '$.x', Next: 'T' },
		T: { ...TASK, Parameters: { 'a.$': '$.x' } },
	};
	for (const [definition, path] of [
		[{ StartAt: 'S', States: states }, '/'],
		[machine(states, { QueryLanguage: 'JSONPath' }), '/QueryLanguage'],
	] as const) {
		const message = faultsOf(definition);
		t.match(message, [
			{ path, message: /JSONPath is not supported .*"QueryLanguage": "JSONata".*Arguments/ },
		]);
		t.equal(message.length, 1);
	}
});

test('states can name JSONata one by one, and the JSONPath states are refused by name', async (t) => {
	const jsonata = { QueryLanguage: 'JSONata' };
	const nested = (more: object) => ({
		StartAt: 'S',
		States: {
			S: {
				...jsonata,
				Type: 'Map',
				ItemProcessor: { StartAt: 'Item', States: { Item: { ...PASS, ...more } } },
				Next: 'Done',
			},
			Done: { ...jsonata, Type: 'Succeed' },
		},
	});
	t.strictSame(faultsOf(nested(jsonata)), []);
	t.strictSame(faultsOf({ ...nested(jsonata), QueryLanguage: 'JSONPath' }), []);
	t.match(faultsOf(nested({ Result: 1 })), [
		{ path: '/States/S/ItemProcessor/States/Item', message: /^JSONPath is not supported/ },
	]);
	t.match(faultsOf({ StartAt: 'S', States: { S: { ...jsonata, Type: 'Pass', Next: 'T' }, T: PASS } }), [
		{ path: '/States/T', message: /^JSONPath is not supported/ },
	]);
	t.match(faultsOf(one({ ...PASS, QueryLanguage: 'JSONPath' })), [
		{
			path: '/States/S',
			message: "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
		},
	]);
});

test('a JSONPath field in a JSONata state is refused with its replacement', async (t) => {
	const map = { Type: 'Map', ItemProcessor: machineBranch('T'), End: true };
	const cases: [state: object, field: string, replacement: RegExp, path?: string][] = [
		[PASS, 'Result', /use Output/],
		[PASS, 'InputPath', /use Arguments or Output/],
		[PASS, 'OutputPath', /use Output/],
		[PASS, 'ResultPath', /use Output or Assign/],
		[PASS, 'ResultSelector', /use Output with/],
		[TASK, 'Parameters', /use Arguments/],
		[TASK, 'TimeoutSecondsPath', /use TimeoutSeconds/],
		[{ Type: 'Wait', Seconds: 1, End: true }, 'SecondsPath', /use Seconds/],
		[map, 'Parameters', /use ItemSelector/],
		[map, 'ItemsPath', /use Items/],
		[{ Type: 'Fail' }, 'CausePath', /use Cause/],
	];
	for (const [state, field, message] of cases) {
		const faults = faultsOf(one({ ...state, [field]: '$.x' }));
		t.match(faults, [{ path: '/States/S', message }], field);
		t.equal(faults.length, 1, `${field}: one fault`);
	}
	const Choices = [{ Variable: '$.a', StringEquals: 'b', Next: 'S' }];
	t.match(faultsOf(one({ Type: 'Choice', Choices })), [
		{ path: '/States/S/Choices/0', message: 'These fields are required: [Condition]' },
		{ path: '/States/S/Choices/0', message: /'Variable' .* use Condition/ },
		{ path: '/States/S/Choices/0', message: /'StringEquals' .* use Condition/ },
	]);
});

function faultsOf(definition: object) {
	const checked = checkDefinition(JSON.stringify(definition));
	return checked.kind === 'valid'
		? []
		: checked.faults.map(({ path, message }) => ({ path: path || '/', message }));
}

function machineBranch(state: string) {
	return { StartAt: state, States: { [state]: PASS } };
}
