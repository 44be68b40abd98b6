import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { Deployment } from '../workflows/define-deployment.ts';
import { workflowNames } from './catalog.ts';
import type { WorkflowFolder } from './workflow-resources.ts';

const WORKFLOWS = resolve(import.meta.dirname, '../workflows');

/** serverless reads its configuration synchronously, so the folders are loaded as `require` does. */
const load: (file: string) => { deployment: Deployment } = createRequire(import.meta.url);

/** Every workflow folder: its definition and what it needs of AWS. A broken one is an error that names its file. */
export function loadWorkflows(): WorkflowFolder[] {
	return workflowNames().map((name) => ({
		name,
		definition: readDefinition(resolve(WORKFLOWS, name, 'definition.asl.json')),
		deployment: load(resolve(WORKFLOWS, name, 'deployment.ts')).deployment,
	}));
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
