import validator from 'asl-validator';
import { test } from 'tap';
import { readDefinitions } from '../../../src/deploy/load-workflows.ts';
import { parseDefinition } from '../../../src/local-aws/step-functions/definition.ts';

const PASS = { Type: 'Pass', End: true } as const;
const TASK = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', End: true } as const;

const machine = (states: object, more: object = {}) => ({
	QueryLanguage: 'JSONata',
	StartAt: Object.keys(states)[0],
	States: states,
	...more,
});
const one = (state: object) => machine({ S: state });

test('the definitions of the workflows are state machines, by another validator too', async (t) => {
	for (const { name, definition } of readDefinitions()) {
		t.doesNotThrow(() => parseDefinition(JSON.stringify(definition)), name);
		// It changes what it is given.
		t.match(validator(structuredClone(definition)), { isValid: true }, name);
	}
});

test('a machine with every type of state is one, by another validator too', async (t) => {
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

test('what is no state machine, no JSONata, or not built is refused with its path', async (t) => {
	const cases: [string, object, RegExp][] = [
		['no query language', { StartAt: 'S', States: { S: PASS } }, /at \/'/],
		['JSONPath', machine({ S: PASS }, { QueryLanguage: 'JSONPath' }), /at \/QueryLanguage/],
		['a JSONPath state', one({ ...PASS, QueryLanguage: 'JSONPath' }), /at \/States\/S\/QueryLanguage/],
		...['InputPath', 'OutputPath', 'ResultPath', 'Parameters', 'Result', 'ResultSelector'].map(
			(field): [string, object, RegExp] => [
				field,
				one({ ...PASS, [field]: '$' }),
				new RegExp(`${field}.* at /States/S`),
			],
		),
		[
			'TimeoutSecondsPath',
			one({ ...TASK, TimeoutSecondsPath: '$.x' }),
			/TimeoutSecondsPath.* at \/States\/S/,
		],
		['no states', machine({}, { StartAt: 'S' }), /at \/States/],
		['a start that is not there', machine({ S: PASS }, { StartAt: 'X' }), /no state X at \/StartAt/],
		['a next that is not there', one({ Type: 'Pass', Next: 'X' }), /no state X at \/States\/S\/Next/],
		['neither next nor end', one({ Type: 'Pass' }), /either Next or End.* at \/States\/S/],
		['both next and end', one({ ...PASS, Next: 'S' }), /either Next or End.* at \/States\/S/],
		['a state nobody reaches', machine({ S: PASS, T: PASS }), /never reached at \/States\/T/],
		[
			'no end',
			machine({ S: { Type: 'Pass', Next: 'T' }, T: { Type: 'Pass', Next: 'S' } }),
			/no state to end with at \/States/,
		],
		['an unknown type', one({ Type: 'Activity', End: true }), /The type is one of .* at \/States\/S\/Type/],
		['no type', one({ End: true }), /at \/States\/S\/Type/],
		['an unknown field', one({ ...PASS, Colour: 'red' }), /Colour.* at \/States\/S/],
		['an unknown top-level field', machine({ S: PASS }, { Colour: 'red' }), /Colour.* at \//],
		['a long name', machine({ ['S'.repeat(81)]: PASS }), /1 to 80 characters at \/States\/SSS/],
		[
			'a name used twice',
			one({ Type: 'Parallel', Branches: [machineBranch('S')], End: true }),
			/used for another state.* at \/States\/S\/Branches\/0\/States\/S/,
		],
		[
			'a resource that is not built',
			one({ ...TASK, Resource: 'arn:aws:states:::glue:startJobRun.sync' }),
			/glue:startJobRun\.sync is not built.* at \/States\/S\/Resource/,
		],
		[
			'an activity',
			one({ ...TASK, Resource: 'arn:aws:states:us-east-1:123456789012:activity:x' }),
			/not built.* at \/States\/S\/Resource/,
		],
		['credentials', one({ ...TASK, Credentials: { RoleArn: 'x' } }), /Credentials.* at \/States\/S/],
		['a timeout of nothing', one({ ...TASK, TimeoutSeconds: 0 }), /at \/States\/S\/TimeoutSeconds/],
		[
			'a heartbeat as long as the timeout',
			one({ ...TASK, TimeoutSeconds: 5, HeartbeatSeconds: 5 }),
			/smaller.* at \/States\/S\/HeartbeatSeconds/,
		],
		[
			'an expression that does not parse',
			one({ ...TASK, Arguments: { a: ['{% 1 + %}'] } }),
			/does not parse.* at \/States\/S\/Arguments\/a\/0/,
		],
		[
			'a retrier for nothing',
			one({ ...TASK, Retry: [{ ErrorEquals: [] }] }),
			/at \/States\/S\/Retry\/0\/ErrorEquals/,
		],
		[
			'a backoff below 1',
			one({ ...TASK, Retry: [{ ErrorEquals: ['A'], BackoffRate: 0.5 }] }),
			/at \/States\/S\/Retry\/0\/BackoffRate/,
		],
		[
			'an interval of nothing',
			one({ ...TASK, Retry: [{ ErrorEquals: ['A'], IntervalSeconds: 0 }] }),
			/at \/States\/S\/Retry\/0\/IntervalSeconds/,
		],
		[
			'a negative number of attempts',
			one({ ...TASK, Retry: [{ ErrorEquals: ['A'], MaxAttempts: -1 }] }),
			/at \/States\/S\/Retry\/0\/MaxAttempts/,
		],
		[
			'an unknown jitter',
			one({ ...TASK, Retry: [{ ErrorEquals: ['A'], JitterStrategy: 'SOME' }] }),
			/at \/States\/S\/Retry\/0\/JitterStrategy/,
		],
		[
			'States.ALL among others',
			one({ ...TASK, Retry: [{ ErrorEquals: ['A', 'States.ALL'] }] }),
			/stands alone.* at \/States\/S\/Retry\/0\/ErrorEquals/,
		],
		[
			'States.ALL before others',
			one({ ...TASK, Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['A'] }] }),
			/stands alone.* at \/States\/S\/Retry\/0/,
		],
		[
			'a catcher that leads nowhere',
			one({ ...TASK, Catch: [{ ErrorEquals: ['A'], Next: 'X' }] }),
			/no state X at \/States\/S\/Catch\/0\/Next/,
		],
		['a choice of nothing', one({ Type: 'Choice', Choices: [] }), /at \/States\/S\/Choices/],
		[
			'a condition that is no expression',
			one({ Type: 'Choice', Choices: [{ Condition: 'x', Next: 'S' }] }),
			/at \/States\/S\/Choices\/0\/Condition/,
		],
		[
			'a default that is not there',
			one({ Type: 'Choice', Choices: [{ Condition: true, Next: 'S' }], Default: 'X' }),
			/no state X at \/States\/S\/Default/,
		],
		[
			'a wait for nothing',
			one({ Type: 'Wait', End: true }),
			/exactly one of Seconds and Timestamp at \/States\/S/,
		],
		[
			'a wait for two things',
			one({ Type: 'Wait', Seconds: 1, Timestamp: '2026-01-01T00:00:00Z', End: true }),
			/exactly one.* at \/States\/S/,
		],
		[
			'a timestamp that is none',
			one({ Type: 'Wait', Timestamp: 'tomorrow', End: true }),
			/RFC 3339 at \/States\/S\/Timestamp/,
		],
		['no branches', one({ Type: 'Parallel', Branches: [], End: true }), /at \/States\/S\/Branches/],
		[
			'a broken branch',
			one({ Type: 'Parallel', Branches: [{ StartAt: 'X', States: { T: PASS } }], End: true }),
			/no state X at \/States\/S\/Branches\/0\/StartAt/,
		],
		[
			'a distributed map',
			one({
				Type: 'Map',
				ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...machineBranch('T') },
				End: true,
			}),
			/at \/States\/S\/ItemProcessor\/ProcessorConfig\/Mode/,
		],
		[
			'a tolerated failure',
			one({ Type: 'Map', ItemProcessor: machineBranch('T'), ToleratedFailureCount: 1, End: true }),
			/ToleratedFailureCount.* at \/States\/S/,
		],
		[
			'a variable called states',
			one({ ...PASS, Assign: { states: 1 } }),
			/no name for a variable at \/States\/S\/Assign\/states/,
		],
		...[
			{ ...TASK, Catch: [{ ErrorEquals: ['A'], Next: 'S', Assign: { states: 1 } }] },
			{ Type: 'Choice', Choices: [{ Condition: true, Next: 'S', Assign: { states: 1 } }] },
		].map((state): [string, object, RegExp] => [
			`a variable called states within a ${state.Type}`,
			one(state),
			/no name for a variable at \/States\/S\/(Catch|Choices)\/0\/Assign\/states/,
		]),
		[
			'an expression that does not parse in data called States',
			one({ ...TASK, Arguments: { States: '{% 1 + %}' } }),
			/does not parse.* at \/States\/S\/Arguments\/States/,
		],
		[
			'a day that is none',
			one({ Type: 'Wait', Timestamp: '2026-02-30T00:00:00Z', End: true }),
			/RFC 3339 at \/States\/S\/Timestamp/,
		],
		...['arn:aws-mars:states:::lambda:invoke', 'arn:aws:lambda:::function:f'].map(
			(Resource): [string, object, RegExp] => [
				Resource,
				one({ ...TASK, Resource }),
				/not built.* at \/States\/S\/Resource/,
			],
		),
		['a state without a name', machine({ '': PASS }), /1 to 80 characters at \/States\//],
		[
			'a variable that is no word',
			one({ ...PASS, Assign: { 'a-b': 1 } }),
			/no name for a variable at \/States\/S\/Assign\/a-b/,
		],
	];
	for (const [name, definition, message] of cases)
		t.throws(() => parseDefinition(JSON.stringify(definition)), { name: 'InvalidDefinition', message }, name);
	t.throws(() => parseDefinition('{'), { name: 'InvalidDefinition', message: /INVALID_JSON_DESCRIPTION/ });
});

function machineBranch(state: string) {
	return { StartAt: state, States: { [state]: PASS } };
}
