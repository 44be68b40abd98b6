/** Returns the files of a new workflow by their paths in the project: one step that returns its input, and its test. */
export function newWorkflowFiles(name: string): Readonly<Record<string, string>> {
	const pascal = name.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
	const folder = `src/workflows/${name}`;
	return {
		[`${folder}/workflow.ts`]: workflowFile(pascal, name),
		[`${folder}/definition.asl.json`]: `${JSON.stringify(definition(name), null, 2)}\n`,
		[`${folder}/steps.ts`]: stepsFile(pascal),
		[`${folder}/README.md`]: readme(name),
		[`${folder}/examples/first.json`]: `${JSON.stringify({ type: name, data: { text: 'hello' } }, null, 2)}\n`,
		[`test/workflows/${name}.test.ts`]: testFile(pascal, name),
	};
}

const workflowFile = (pascal: string, name: string) => `import * as Type from 'typebox';
import { defineWorkflow } from '../define-workflow.ts';

/** The \`data\` of a task of type \`${name}\`. */
export const ${pascal}Input = Type.Object(
	{ text: Type.String({ minLength: 1, maxLength: 1000 }) },
	{ additionalProperties: false },
);

/** The \`result\` of a task of type \`${name}\`. */
export const ${pascal}Result = Type.Object({ text: Type.String() }, { additionalProperties: false });

/** The task type \`${name}\`. */
export const workflow = defineWorkflow({
	description: 'Describe ${name} in one sentence.',
	expectedSeconds: 1,
	input: ${pascal}Input,
	result: ${pascal}Result,
	errors: {},
	steps: { timeoutSeconds: 20 },
});
`;

const stepsFile = (pascal: string) => `import { withInvocation } from '../../aws/invocation.ts';
import { createLog } from '../../aws/log.ts';
import { createStepsHandler, defineStep } from '../define-steps.ts';
import { ${pascal}Input } from './workflow.ts';

/** The steps, by state. A step may be invoked more than once for a task, so a repeated invocation must be harmless. */
export const steps = {
	Work: defineStep({
		input: ${pascal}Input,
		async run({ text }) {
			return { text };
		},
	}),
};

/** The Lambda handler of the steps. */
export const handler = withInvocation(
	createStepsHandler({ steps, log: createLog(), connect: () => ({ dependencies: {} }) }),
);
`;

const definition = (name: string) => ({
	Comment: `Describe ${name} in one sentence.`,
	QueryLanguage: 'JSONata',
	TimeoutSeconds: 300,
	StartAt: 'Work',
	States: {
		Work: {
			Type: 'Task',
			Resource: '${StepsFunctionArn}',
			TimeoutSeconds: 30,
			Arguments: {
				task: '{% $states.context.Execution.Input.task %}',
				state: '{% $states.context.State %}',
				input: '{% $states.input.data %}',
			},
			End: true,
		},
	},
});

const readme = (name: string) => `# ${name}

Describe it in one sentence.

<!-- states -->

## Input

\`{"text"}\`: 1 to 1,000 characters.

## Result

    {"text": "hello"}

## Errors

None of its own.

## Try it

    curl -si localhost:4000/v1/tasks -H 'content-type: application/json' -d @src/workflows/${name}/examples/first.json
`;

const testFile = (pascal: string, name: string) => `import { test } from 'tap';
import * as Value from 'typebox/value';
import definition from '../../src/workflows/${name}/definition.asl.json' with { type: 'json' };
import { steps } from '../../src/workflows/${name}/steps.ts';
import { ${pascal}Result, workflow } from '../../src/workflows/${name}/workflow.ts';
import { InvocationError, runWorkflow } from '../support/run-workflow.ts';

/** The context of each run. */
const options = { steps, errors: workflow.errors, dependencies: {} };

test('a task returns its text', async (t) => {
	const { status, output } = await runWorkflow(definition, { ...options, input: { text: 'hello' } });
	t.equal(status, 'SUCCEEDED');
	t.ok(Value.Check(${pascal}Result, output));
	t.strictSame(output, { text: 'hello' });
});

test('a crashed step is retried', async (t) => {
	const { status } = await runWorkflow(definition, {
		...options,
		input: { text: 'hello' },
		failInvocation(_, attempt) {
			if (attempt === 0) throw new InvocationError('Runtime.ExitError');
		},
	});
	t.equal(status, 'SUCCEEDED');
});
`;
