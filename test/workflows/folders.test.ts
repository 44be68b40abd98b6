import { globSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import validateDefinition from 'asl-validator';
import { test } from 'tap';
import * as Value from 'typebox/value';
import { workflowNames } from '../../src/deploy/catalog.ts';
import { loadWorkflows } from '../../src/deploy/load-workflows.ts';
import { isObject, type JsonObject } from '../../src/local-aws/json.ts';
import { createRetries, StateError } from '../../src/local-aws/step-functions/errors.ts';
import { WORKFLOWS } from '../../src/workflows/catalog.ts';

const folderOf = (name: string) => resolve(import.meta.dirname, '../../src/workflows', name);
const definitionText = (name: string) => readFileSync(resolve(folderOf(name), 'definition.asl.json'), 'utf8');

/** Returns every state of a definition by name, those inside of Map and Parallel states included. */
function statesOf(machine: unknown): [string, JsonObject][] {
	const own: [string, JsonObject][] = Object.entries(Object(machine).States).map(([name, state]) => [
		name,
		isObject(JSON.parse(JSON.stringify(state))) ? JSON.parse(JSON.stringify(state)) : {},
	]);
	const inner = own.flatMap(([, { ItemProcessor = null, Branches = [] }]) =>
		[ItemProcessor, ...(Array.isArray(Branches) ? Branches : [])].filter(isObject),
	);
	return [...own, ...inner.flatMap(statesOf)];
}

const tasksOf = (machine: unknown) => statesOf(machine).filter(([, { Type }]) => Type === 'Task');
const STEPS = '${StepsFunctionArn}';
const invokesSteps = ({ Resource, Arguments }: JsonObject) =>
	Resource === STEPS || Object(Arguments).FunctionName === STEPS;

for (const name of workflowNames()) {
	test(`${name}: five files`, async (t) => {
		t.strictSame(readdirSync(folderOf(name)).toSorted(), [
			'README.md',
			'definition.asl.json',
			'examples',
			'steps.ts',
			'workflow.ts',
		]);
	});

	test(`${name}: its definition is valid and passes the task to each step`, async (t) => {
		const definition = JSON.parse(definitionText(name));
		t.ok(validateDefinition(JSON.parse(definitionText(name))).isValid);
		t.match(definition, { QueryLanguage: 'JSONata', TimeoutSeconds: Number });
		t.ok(tasksOf(definition).length > 0);
		for (const [state, task] of tasksOf(definition)) {
			t.match(task, { TimeoutSeconds: Number }, state);
			if (!invokesSteps(task)) continue;
			t.match(task['Resource'] === STEPS ? task['Arguments'] : Object(task['Arguments']).Payload, {
				task: '{% $states.context.Execution.Input.task %}',
				state: '{% $states.context.State %}',
			});
		}
	});

	test(`${name}: its examples are accepted, and its README lists its errors`, async (t) => {
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
		for (const code of Object.keys(WORKFLOWS[name]?.errors ?? {})) t.match(readme, `\`${code}\``);
	});
}

test('the definitions together have at most 453 lines', async (t) => {
	const lines = workflowNames().map((name) => definitionText(name).trimEnd().split('\n').length);
	t.ok(lines.reduce((sum, count) => sum + count, 0) <= 453, lines.join(', '));
});

/** Failed invocations of a step, as Step Functions reports them. */
const INVOCATION_ERRORS = [
	'Lambda.Unknown',
	'Lambda.ClientExecutionTimeoutException',
	'Lambda.ServiceException',
	'Lambda.AWSLambdaException',
	'Lambda.SdkClientException',
	'Lambda.TooManyRequestsException',
	'Lambda.CodeArtifactUserPendingException',
	'Sandbox.Timedout',
	'Runtime.ExitError',
	'Runtime.ExitedWithoutErrorMessage',
	'Runtime.ImportModuleError',
	'Runtime.InvalidEntrypoint',
	'Runtime.NodejsExit',
	'Runtime.OutOfMemory',
	'Runtime.TruncatedResponse',
	'Runtime.UnhandledPromiseRejection',
	'Runtime.Unknown',
	'Extension.Crash',
	'States.TaskFailed',
	'States.Timeout',
];

test('each state that invokes steps retries every failed invocation', async (t) => {
	for (const { name, definition } of await loadWorkflows()) {
		for (const [state, task] of tasksOf(definition)) {
			const waits = String(task['Resource']).endsWith('.waitForTaskToken');
			for (const error of INVOCATION_ERRORS) {
				// Without an answer within 24 hours the approval times out.
				if (waits && error === 'States.Timeout') continue;
				t.ok(retriesOf(task, error) >= 3, `${name}: ${state} retries ${error}`);
			}
		}
	}
});

test('no state retries an error that its workflow declares as final', async (t) => {
	for (const { name, definition, workflow } of await loadWorkflows()) {
		const final = Object.entries(workflow.errors).filter(([, { isTransient }]) => isTransient !== true);
		for (const [state, task] of tasksOf(definition).filter(([, each]) => invokesSteps(each)))
			for (const [code] of final)
				t.equal(retriesOf(task, code), 0, `${name}: ${state} does not retry ${code}`);
	}
});

test('each Fail state marks its error as final', async (t) => {
	const fails = (await loadWorkflows()).flatMap(({ definition }) =>
		statesOf(definition).filter(([, { Type }]) => Type === 'Fail'),
	);
	t.ok(fails.length > 0);
	for (const [state, { Cause }] of fails) t.match(Cause, /final/, state);
});

/** Returns how often the engine retries an error in a state. */
function retriesOf({ Retry }: JsonObject, error: string): number {
	const retriers = Array.isArray(Retry) ? Retry.map((retrier) => Object(retrier)) : [];
	const retries = createRetries(retriers, () => 0);
	let count = 0;
	while (retries.nextDelayMs(new StateError(error, '')) !== undefined) count += 1;
	return count;
}
