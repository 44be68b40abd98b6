import { test } from 'tap';
import { checkMarkdown } from './check-markdown.ts';
import { checkProgram } from './check-program.ts';

const rulesOf = (source: string, file = 'src/example.ts') =>
	checkProgram(file, source).findings.map(({ line, rule }) => `${line} ${rule}`);

test('plain English passes', async (t) => {
	const source = `/** Returns the task, or \`undefined\` if it does not exist. */\nexport function findTask() {}\n`;
	t.strictSame(checkProgram('src/example.ts', source), { findings: [], pronouns: [], commentLines: 1 });
});

test('relative pronouns are counted per comment line', async (t) => {
	const { pronouns, commentLines } = checkProgram(
		'src/example.ts',
		'// Whoever calls gets what is there.\n// A second line.\n',
	);
	t.equal(pronouns.length, 1);
	t.equal(commentLines, 2);
});

test('metaphors are found in comments, texts and Markdown, with the line', async (t) => {
	t.strictSame(rulesOf('\n// The alarm rings.\n'), ['2 say "is in ALARM, fires"']);
	t.strictSame(rulesOf('throw new Error(`The row ${id} does not stand still.`);'), ['1 say "is unchanged"']);
	t.match(checkMarkdown('README.md', 'Text\n\nThe reconciler looks after it.\n'), [{ line: 3 }]);
	t.strictSame(
		checkMarkdown('README.md', '    it looks after code\n```\nlooks after\n```\n`looks after`'),
		[],
	);
});

test('constants are named by MAX, MIN or their unit', async (t) => {
	t.strictSame(rulesOf('const MOST_TRIES = 3; const KEPT = 1; const MAX_ATTEMPTS = 3;').length, 2);
});

test('exports have a doc comment, and say that they throw', async (t) => {
	t.strictSame(rulesOf('export const LIMIT = 1;\n'), ['1 exported without a doc comment']);
	t.strictSame(rulesOf('/** Fails. */\nexport function fail() { throw new Error("no"); }\n'), [
		'2 throws: document it with @throws',
	]);
	t.strictSame(
		rulesOf('/** Later. */\nexport function later() { return () => { throw new Error("no"); }; }\n'),
		[],
		'a nested function throws for itself',
	);
	t.strictSame(rulesOf('export const LIMIT = 1;\n', 'test/example.ts'), [], 'only the sources need them');
	t.strictSame(
		rulesOf('/** A task. */\nexport const Task = {};\nexport type Task = typeof Task;\n'),
		[],
		'the type of a documented schema',
	);
});
