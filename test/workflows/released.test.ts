import { readdirSync } from 'node:fs';
import { test } from 'tap';
import { exitCode, runProgram } from '../support/child-stack.ts';
import { RELEASED } from '../support/released.ts';

const workflows = readdirSync(new URL('definitions/', RELEASED)).map((file) => file.replace('.asl.json', ''));

test('executions that began before a deploy continue with the steps of the next release', async (t) => {
	t.ok(workflows.length >= 4);
	for (const name of workflows) {
		const { process, output } = runProgram(`test/workflows/${name}.test.ts`, [], { RELEASED: '1' });
		t.equal(
			await exitCode(process),
			0,
			`${name}, by the definition of the last release\n${output().slice(-2000)}`,
		);
	}
});
