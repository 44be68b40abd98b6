import { test } from 'tap';
import * as Type from 'typebox';
import { checkOutputs, checkSteps, loadWorkflows } from '../../src/deploy/load-workflows.ts';
import { positionOfJsonError, positionOfPointer } from '../../src/deploy/source-position.ts';

test('every workflow folder has a step for each of its states, and a state for each of its steps', async (t) => {
	t.ok((await loadWorkflows()).length > 0);
});

test('a state without a step is an error, and so is a step without a state', async (t) => {
	t.throws(() => checkSteps('greeting', ['Validate', 'Process'], ['Validate']), {
		message:
			/^src\/workflows\/greeting\/definition\.asl\.json:\d+:\d+: the state "Process" has no step of its name in src\/workflows\/greeting\/steps\.ts\.$/,
	});
	t.throws(() => checkSteps('greeting', ['Validate'], ['Validate', 'NotifySuccess']), {
		message:
			/^src\/workflows\/greeting\/steps\.ts:\d+:\d+: no state of src\/workflows\/greeting\/definition\.asl\.json invokes the step "NotifySuccess"\.$/,
	});
	t.doesNotThrow(() => checkSteps('greeting', ['Validate'], ['Validate']));
});

test('an output that cannot be a result is an error with its place', async (t) => {
	const definition = {
		States: { Done: { Type: 'Succeed', Output: { processed: '{% $processed %}', failed: 'none' } } },
	};
	const result = Type.Object({ processed: Type.Integer(), failed: Type.Array(Type.String()) });
	t.throws(() => checkOutputs('process-channels', definition, result), {
		message:
			/^src\/workflows\/process-channels\/definition\.asl\.json:\d+:\d+: the state "Done" ends with an output that the result schema in workflow\.ts does not allow at \/failed: must be array\.$/,
	});
});

test('an error has the line and the column of its place in the file', async (t) => {
	const text = '{\n\t"States": {\n\t\t"A": { "Next": "B" }\n\t}\n}';
	t.match(positionOfPointer('x.json', text, '/States/A/Next'), /x\.json:3:18$/);
	t.match(
		positionOfPointer('x.json', text, '/States/A/Missing'),
		/x\.json:3:8$/,
		'the closest value around it',
	);
	t.match(positionOfPointer('x.json', text, ''), /x\.json:1:1$/);
	const broken = '{\n\t"States": }';
	t.match(
		positionOfJsonError('x.json', broken, new SyntaxError('Unexpected token at position 13')),
		/x\.json:2:12$/,
	);
	t.match(
		positionOfJsonError('x.json', broken, new SyntaxError('Unexpected end of JSON input')),
		/x\.json:2:13$/,
	);
});
