import { test } from 'tap';
import { stateDiagram } from '../../src/deploy/state-diagram.ts';
import { readmesWithPictures } from '../../src/deploy/workflow-pictures.ts';

test('the diagrams in the workflows’ READMEs match their definitions', async (t) => {
	for (const { file, text, current } of await readmesWithPictures())
		t.equal(current, text, `${file}: run npm run openapi`);
});

test('a diagram shows the order of states, nested states, and the targets of errors', async (t) => {
	const only = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Pass', End: true } } });
	const diagram = stateDiagram({
		StartAt: 'Both',
		States: {
			Both: {
				Type: 'Parallel',
				Branches: [only('Left'), only('Right')],
				Catch: [{ ErrorEquals: ['A', 'B'], Next: 'Lost' }],
				Next: 'Which',
			},
			Which: { Type: 'Choice', Choices: [{ Next: 'Every' }, { Next: 'Every' }], Default: 'Lost' },
			Every: { Type: 'Map', ItemProcessor: only('Item'), End: true },
			Lost: { Type: 'Fail' },
		},
	});
	t.strictSame(
		diagram.split('\n').map((line) => line.trim()),
		[
			'stateDiagram-v2',
			'[*] --> Both',
			'state Both {',
			'[*] --> Left',
			'Left --> [*]',
			'--',
			'[*] --> Right',
			'Right --> [*]',
			'}',
			'Both --> Which',
			'Both --> Lost: A, B',
			'Which --> Every',
			'Which --> Lost',
			'state Every {',
			'[*] --> Item',
			'Item --> [*]',
			'}',
			'Every --> [*]',
			'Lost --> [*]: FAILED',
		],
	);
});
