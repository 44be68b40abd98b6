import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Workflow } from '../workflows/define-workflow.ts';
import { WORKFLOWS_FOLDER, workflowNames } from './catalog.ts';
import { packageDefinition, stepStates } from './packaged-definition.ts';
import type { WorkflowFolder } from './workflow-resources.ts';

/**
 * Returns every workflow's definition as its file contains it.
 * @throws if a file is not JSON; the message names it.
 */
export function readDefinitions(): { readonly name: string; readonly definition: object }[] {
	return workflowNames().map((name) => ({ name, definition: readDefinition(definitionFile(name)) }));
}

/**
 * Loads every workflow folder, with its definition as it is deployed.
 * @throws if a definition is not JSON, or its states and the steps do not match.
 */
export function loadWorkflows(): Promise<WorkflowFolder[]> {
	return Promise.all(
		readDefinitions().map(async ({ name, definition }) => {
			const load = (file: string) => import(pathToFileURL(resolve(WORKFLOWS_FOLDER, name, file)).href);
			const { workflow }: { workflow: Workflow } = await load('workflow.ts');
			const { steps }: { steps: object } = await load('steps.ts');
			checkSteps(name, stepStates(definition), Object.keys(steps));
			return { name, workflow, definition: packageDefinition(definition, workflow.errors) };
		}),
	);
}

function definitionFile(name: string): string {
	return resolve(WORKFLOWS_FOLDER, name, 'definition.asl.json');
}

function readDefinition(file: string): object {
	try {
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch (cause) {
		throw new Error(
			`${file} is not a state machine definition: ${cause instanceof Error ? cause.message : 'unreadable'}`,
			{ cause },
		);
	}
}

/** Each state that invokes steps has the step of its name, and each step has such a state. */
function checkSteps(workflow: string, states: readonly string[], steps: readonly string[]): void {
	const folder = relative(process.cwd(), resolve(WORKFLOWS_FOLDER, workflow));
	const missing = states.find((state) => !steps.includes(state));
	if (missing !== undefined)
		throw new Error(
			`${folder}/definition.asl.json: the state "${missing}" has no step of its name in ${folder}/steps.ts.`,
		);
	const unused = steps.find((step) => !states.includes(step));
	if (unused !== undefined)
		throw new Error(
			`${folder}/steps.ts: no state of ${folder}/definition.asl.json invokes the step "${unused}".`,
		);
}
