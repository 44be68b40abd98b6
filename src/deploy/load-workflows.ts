import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Workflow } from '../workflows/define-workflow.ts';
import { WORKFLOWS_FOLDER, workflowNames } from './catalog.ts';
import { packageDefinition, stepStates } from './packaged-definition.ts';
import { findOutputFault } from './result-check.ts';
import { positionAt, positionOfJsonError, positionOfPointer } from './source-position.ts';
import type { WorkflowFolder } from './workflow-resources.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/**
 * Returns every workflow's definition as its file contains it.
 * @throws if a file is not JSON; the message names it.
 */
export function readDefinitions(): { readonly name: string; readonly definition: object }[] {
	return workflowNames().map((name) => ({ name, definition: readDefinition(definitionFile(name)) }));
}

/**
 * Loads every workflow folder, with its definition as it is deployed.
 * @throws if a definition is not JSON, its states and the steps do not match, or it cannot return a valid result.
 */
export function loadWorkflows(): Promise<WorkflowFolder[]> {
	return Promise.all(
		readDefinitions().map(async ({ name, definition }) => {
			const load = (file: string) => import(pathToFileURL(resolve(WORKFLOWS_FOLDER, name, file)).href);
			const { workflow }: { workflow: Workflow } = await load('workflow.ts');
			const { steps }: { steps: object } = await load('steps.ts');
			checkSteps(name, stepStates(definition), Object.keys(steps));
			checkOutputs(name, definition, workflow.result);
			return { name, workflow, definition: packageDefinition(definition, workflow.errors) };
		}),
	);
}

/** Returns the path of a workflow's definition. */
export function definitionFile(name: string): string {
	return resolve(WORKFLOWS_FOLDER, name, 'definition.asl.json');
}

function readDefinition(file: string): object {
	const text = readFileSync(file, 'utf8');
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new Error(
			`${positionOfJsonError(file, text, cause)} is not a state machine definition: ${cause instanceof Error ? cause.message : 'unreadable'}`,
			{ cause },
		);
	}
}

/**
 * Checks that each state that invokes steps has the step of its name, and that each step has such a state.
 * @throws with the place of the first state or step that does not.
 */
export function checkSteps(workflow: string, states: readonly string[], steps: readonly string[]): void {
	const [definition, program] = [definitionFile(workflow), resolve(WORKFLOWS_FOLDER, workflow, 'steps.ts')];
	const missing = states.find((state) => !steps.includes(state));
	if (missing !== undefined)
		throw new Error(
			`${positionOfName(definition, missing)}: the state "${missing}" has no step of its name in ${relative(PROJECT, program)}.`,
		);
	const unused = steps.find((step) => !states.includes(step));
	if (unused !== undefined)
		throw new Error(
			`${positionOfName(program, unused)}: no state of ${relative(PROJECT, definition)} invokes the step "${unused}".`,
		);
}

/**
 * Checks that no state ends the machine with an output that the result schema does not allow.
 * @throws with the place of the first such output.
 */
export function checkOutputs(workflow: string, definition: object, result: Workflow['result']): void {
	const found = findOutputFault(definition, result);
	if (found === undefined) return;
	const { state, fault } = found;
	const file = definitionFile(workflow);
	const output = `/States/${state.replaceAll('~', '~0').replaceAll('/', '~1')}/Output`;
	const place = positionOfPointer(file, readFileSync(file, 'utf8'), `${output}${fault.pointer}`);
	throw new Error(
		`${place}: the state "${state}" ends with an output that the result schema in workflow.ts does not allow at ${fault.pointer || '/'}: ${fault.message}.`,
	);
}

/** The place where a file first names a state or a step as a key. */
function positionOfName(file: string, name: string): string {
	const text = readFileSync(file, 'utf8');
	const offsets = [`"${name}"`, `${name}(`, `${name}:`, `${name},`].map((key) => text.indexOf(key));
	return positionAt(file, text, Math.min(...offsets.filter((offset) => offset >= 0)));
}
