import { test } from 'tap';
import { publicDefinition } from '../../src/deploy/public-definition.ts';

const TASK = {
	Type: 'Task',
	Resource: 'arn:aws:states:::lambda:invoke',
	Arguments: { FunctionName: '${StepsFunctionArn}' },
	Assign: { name: '{% $states.result.name %}' },
	TimeoutSeconds: 30,
	Retry: [{ ErrorEquals: ['States.TaskFailed'], MaxAttempts: 3 }],
	Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $states.errorOutput %}', Next: 'Failed' }],
	Next: 'Split',
};

test('a public definition has the states and transitions, and no internals', async (t) => {
	const shown = publicDefinition('example', {
		Comment: 'An example.',
		QueryLanguage: 'JSONata',
		TimeoutSeconds: 60,
		StartAt: 'Call',
		States: {
			Call: TASK,
			Split: {
				Type: 'Parallel',
				Branches: [{ StartAt: 'Call', States: { Call: { ...TASK, Next: undefined, End: true } } }],
				Next: 'Each',
			},
			Each: {
				Type: 'Map',
				Items: '{% $states.input.items %}',
				MaxConcurrency: 10,
				ItemProcessor: {
					ProcessorConfig: { Mode: 'INLINE' },
					StartAt: 'Pause',
					States: { Pause: { Type: 'Wait', Seconds: '{% $states.input.seconds %}', End: true } },
				},
				Next: 'Choose',
			},
			Choose: {
				Type: 'Choice',
				Choices: [
					{ Condition: '{% $states.input.ok %}', Assign: { x: 1 }, Next: 'Done' },
					{ Condition: "{% $states.input.arn = 'arn:aws:sns:x' %}", Next: 'Done' },
				],
				Default: 'Failed',
			},
			Done: { Type: 'Succeed', Comment: 'Publishes to ${TopicArn}.' },
			Failed: { Type: 'Fail', Error: '{% $states.input.Error %}', Cause: 'internal' },
		},
	});
	const call = {
		Type: 'Task',
		TimeoutSeconds: 30,
		Retry: [{ ErrorEquals: ['States.TaskFailed'], MaxAttempts: 3 }],
		Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Failed' }],
	};
	t.strictSame(shown, {
		Comment: 'An example.',
		TimeoutSeconds: 60,
		StartAt: 'Call',
		States: {
			Call: { ...call, Next: 'Split' },
			Split: {
				Type: 'Parallel',
				Branches: [{ StartAt: 'Call', States: { Call: { ...call, End: true } } }],
				Next: 'Each',
			},
			Each: {
				Type: 'Map',
				MaxConcurrency: 10,
				ItemProcessor: { StartAt: 'Pause', States: { Pause: { Type: 'Wait', End: true } } },
				Next: 'Choose',
			},
			Choose: {
				Type: 'Choice',
				Choices: [{ Condition: '{% $states.input.ok %}', Next: 'Done' }, { Next: 'Done' }],
				Default: 'Failed',
			},
			Done: { Type: 'Succeed' },
			Failed: { Type: 'Fail' },
		},
	});
});

test('a machine without a time limit is refused', async (t) => {
	const machine = { StartAt: 'A', States: { A: { Type: 'Succeed' } } };
	for (const definition of [machine, { ...machine, TimeoutSeconds: '${Timeout}' }])
		t.throws(() => publicDefinition('endless', definition), { message: /endless has no TimeoutSeconds/ });
});
