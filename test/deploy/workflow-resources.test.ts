import { test } from 'tap';
import * as Type from 'typebox';
import { workflowFunctions, workflowResources } from '../../src/deploy/workflow-resources.ts';
import { defineWorkflow } from '../../src/workflows/define-workflow.ts';

const SETTINGS = { service: 'task-api', stage: 'dev', logRetentionDays: 30, logExecutionData: true };

/** Creates a workflow with one variable of its own. */
const workflowOf = (steps: { reportsProgress?: boolean }) =>
	defineWorkflow({
		description: 'An example.',
		expectedSeconds: 1,
		input: Type.Unknown(),
		result: Type.Unknown(),
		errors: {},
		steps: { timeoutSeconds: 20, environment: { OWN: 'own' }, ...steps },
	});

test('only a workflow that reports progress can access the table, and only to update rows', async (t) => {
	const definition = {};
	const quiet = [{ name: 'quiet', definition, workflow: workflowOf({}) }];
	const telling = [{ name: 'telling', definition, workflow: workflowOf({ reportsProgress: true }) }];

	t.match(workflowFunctions(telling), {
		tellingSteps: { environment: { OWN: 'own', TASK_TABLE: { Ref: 'TaskTable' } } },
	});
	t.strictSame(actionsOnTable(workflowResources(telling, SETTINGS)['TellingStepsRole']), [
		'dynamodb:UpdateItem',
	]);

	t.notOk(JSON.stringify(workflowFunctions(quiet)).includes('TaskTable'));
	t.notOk(JSON.stringify(workflowResources(quiet, SETTINGS)).includes('TaskTable'));
	t.notOk(
		JSON.stringify(workflowResources(telling, SETTINGS)['TellingStateMachineRole']).includes('TaskTable'),
		'the machine itself has no need of it',
	);
});

function actionsOnTable(role: unknown): unknown[] {
	const [{ PolicyDocument }] = Object(role).Properties.Policies;
	const statements: { Action: unknown }[] = PolicyDocument.Statement;
	return statements
		.filter((statement) => JSON.stringify(statement).includes('TaskTable'))
		.map(({ Action }) => Action);
}
