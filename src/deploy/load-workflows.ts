import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Deployment } from '../workflows/define-deployment.ts';
import type { Workflow } from '../workflows/define-workflow.ts';
import { workflowNames } from './catalog.ts';
import type { WorkflowFolder } from './workflow-resources.ts';

const WORKFLOWS = resolve(import.meta.dirname, '../workflows');

/** Every workflow's definition. A broken one is an error that names its file. */
export function readDefinitions(): Pick<WorkflowFolder, 'name' | 'definition'>[] {
	return workflowNames().map((name) => ({
		name,
		definition: readDefinition(resolve(WORKFLOWS, name, 'definition.asl.json')),
	}));
}

/** Every workflow folder: its definition and what it needs of AWS. */
export function loadWorkflows(): Promise<WorkflowFolder[]> {
	return Promise.all(
		readDefinitions().map(async ({ name, definition }) => {
			const load = (file: string) => import(pathToFileURL(resolve(WORKFLOWS, name, file)).href);
			const { deployment }: { deployment: Deployment } = await load('deployment.ts');
			const { workflow }: { workflow: Workflow } = await load('workflow.ts');
			return { name, definition, deployment, takesLargeData: workflow.largeData === true };
		}),
	);
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
