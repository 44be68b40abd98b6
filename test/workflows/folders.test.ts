import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import validateDefinition from 'asl-validator';
import { test } from 'tap';
import * as Value from 'typebox/value';
import { workflowNames } from '../../src/deploy/catalog.ts';
import type { JsonObject } from '../../src/local-aws/json.ts';
import { WORKFLOWS } from '../../src/workflows/catalog.ts';

const folderOf = (name: string) => resolve(import.meta.dirname, '../../src/workflows', name);
const definitionOf = (name: string): JsonObject =>
	JSON.parse(readFileSync(resolve(folderOf(name), 'definition.asl.json'), 'utf8'));

/** Every state of a definition, those inside a Map or a Parallel too. */
function statesOf(machine: JsonObject): JsonObject[] {
	const { States = {} } = machine;
	const own = Object.values(Object(States)).filter(isState);
	const inner = own.flatMap(({ ItemProcessor = null, Branches = [] }) =>
		[ItemProcessor, ...(Array.isArray(Branches) ? Branches : [])].filter(isState),
	);
	return [...own, ...inner.flatMap(statesOf)];
}

function isState(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null;
}

for (const name of workflowNames()) {
	test(`${name}: its definition`, async (t) => {
		t.ok(validateDefinition(definitionOf(name)).isValid);
		t.match(definitionOf(name), { QueryLanguage: 'JSONata', TimeoutSeconds: Number });
		const tasks = statesOf(definitionOf(name)).filter(({ Type }) => Type === 'Task');
		t.ok(tasks.length > 0);
		for (const task of tasks) t.match(task, { TimeoutSeconds: Number });
		const input = '$states.context.Execution.Input';
		for (const { Arguments } of tasks) {
			const { FunctionName, Payload } = Object(Arguments);
			if (FunctionName !== '${StepsFunctionArn}') continue;
			t.match(Payload, {
				principal: `{% ${input}.task.principal %}`,
				task_id: `{% ${input}.task.task_id %}`,
				created_at_ms: `{% ${input}.task.created_at_ms %}`,
				attempt: '{% $states.context.State.RetryCount %}',
			});
		}
	});

	test(`${name}: its examples are tasks that are accepted`, async (t) => {
		const examples = globSync('examples/*.json', { cwd: folderOf(name) });
		t.ok(examples.length > 0);
		for (const file of examples) {
			const { type, data } = JSON.parse(readFileSync(resolve(folderOf(name), file), 'utf8'));
			t.equal(type, name, file);
			const input = WORKFLOWS[name]?.input;
			t.ok(input !== undefined && Value.Check(input, data), file);
		}
		const readme = readFileSync(resolve(folderOf(name), 'README.md'), 'utf8');
		t.ok(readme.startsWith(`# ${name}\n`));
	});
}
