/** The files of a workflow that runs at once, by their paths in its folder: one step that answers what it was given. */
export function newWorkflowFiles(name: string): Readonly<Record<string, string>> {
	const pascal = name.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
	return {
		'input.ts': inputFile(pascal, name),
		'result.ts': resultFile(pascal, name),
		'workflow.ts': workflowFile(pascal, name),
		'deployment.ts': DEPLOYMENT_FILE,
		'definition.asl.json': `${JSON.stringify(definition(name), null, 2)}\n`,
		'steps.ts': STEPS_FILE,
		'steps/work.ts': stepFile(pascal),
		'examples/first.json': `${JSON.stringify({ type: name, data: { text: 'hello' } }, null, 2)}\n`,
		'README.md': readme(name),
	};
}

const inputFile = (pascal: string, name: string) => `import * as Type from 'typebox';

/** The \`data\` of a task of the type ${name}. */
export const ${pascal}Input = Type.Object(
	{ text: Type.String({ minLength: 1, maxLength: 1000 }) },
	{ additionalProperties: false },
);

export type ${pascal}Input = Type.Static<typeof ${pascal}Input>;
`;

const resultFile = (pascal: string, name: string) => `import * as Type from 'typebox';

/** The \`result\` of a task of the type ${name}. */
export const ${pascal}Result = Type.Object({ text: Type.String() }, { additionalProperties: false });

export type ${pascal}Result = Type.Static<typeof ${pascal}Result>;
`;

const workflowFile = (
	pascal: string,
	name: string,
) => `import { defineWorkflow } from '../define-workflow.ts';
import { ${pascal}Input } from './input.ts';
import { ${pascal}Result } from './result.ts';

export const workflow = defineWorkflow({
	description: 'Describe ${name} in one sentence.',
	expectedSeconds: 1,
	input: ${pascal}Input,
	result: ${pascal}Result,
});
`;

const DEPLOYMENT_FILE = `import { defineDeployment } from '../define-deployment.ts';

export const deployment = defineDeployment({
	stepTimeoutSeconds: 20,
	environment: {},
	stepPermissions: [],
	statePermissions: [],
	substitutions: {},
});
`;

const STEPS_FILE = `import { createLog } from '../../aws/log.ts';
import { createStepsHandler } from '../define-step.ts';
import { work } from './steps/work.ts';

export const handler = createStepsHandler({ Work: work }, createLog());
`;

const stepFile = (pascal: string) => `import { defineStep } from '../../define-step.ts';
import { ${pascal}Input } from '../input.ts';
import type { ${pascal}Result } from '../result.ts';

/** Does the work. It may be invoked more than once for a task: let a second time do no harm. */
export const work = defineStep({
	input: ${pascal}Input,
	async run({ text }): Promise<${pascal}Result> {
		return { text };
	},
});
`;

const definition = (name: string) => ({
	Comment: `Describe ${name} in one sentence.`,
	QueryLanguage: 'JSONata',
	TimeoutSeconds: 300,
	StartAt: 'Work',
	States: {
		Work: {
			Type: 'Task',
			Resource: 'arn:aws:states:::lambda:invoke',
			TimeoutSeconds: 30,
			Arguments: {
				FunctionName: '${StepsFunctionArn}',
				Payload: {
					step: 'Work',
					principal: '{% $states.context.Execution.Input.task.principal %}',
					task_id: '{% $states.context.Execution.Input.task.task_id %}',
					created_at_ms: '{% $states.context.Execution.Input.task.created_at_ms %}',
					attempt: '{% $states.context.State.RetryCount %}',
					input: '{% $states.input.data %}',
				},
			},
			Output: '{% $states.result.Payload %}',
			Retry: [
				{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 2, MaxAttempts: 3, JitterStrategy: 'FULL' },
			],
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
