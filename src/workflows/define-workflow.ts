import type { TSchema } from 'typebox';

/** What the API has to know of a workflow; the rest is in its definition. */
export interface Workflow {
	/** One sentence for the clients who choose a type. */
	readonly description: string;
	/** How long a task of this type usually takes; `Retry-After` is made of it. */
	readonly expectedSeconds: number;
	/** A task's `data`. */
	readonly input: TSchema;
	/** A succeeded task's `result`. */
	readonly result: TSchema;
}

export function defineWorkflow(workflow: Workflow): Workflow {
	return workflow;
}
