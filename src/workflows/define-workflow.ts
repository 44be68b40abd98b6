import type { Static, TSchema } from 'typebox';
import * as Value from 'typebox/value';

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
	/**
	 * Whether `data` or what a step gives may be above 200 KiB, up to 5 MiB. It then goes by way of the output bucket: the
	 * definition hands `data` on as a whole, and each step gets the data itself.
	 */
	readonly largeData?: boolean;
	/** Members of `result` that are keys of objects in the output bucket; a client reads presigned URLs in their place. */
	readonly resultFiles?: readonly string[];
	/** Share of the principal's limit per minute that a task takes, 1 or more. Default: 1. */
	readonly weightOf?: (data: unknown) => number;
	/** The answer from outside that a task of this type waits for. */
	readonly callback?: {
		/** The key of a task's callback, by its `data`. */
		readonly keyOf: (data: unknown) => string | undefined;
		readonly withinSeconds: number;
	};
}

/** A workflow whose callback's key is a function of its own kind of `data`. */
export function defineWorkflow<Input extends TSchema>(
	workflow: Omit<Workflow, 'callback' | 'weightOf'> & {
		readonly input: Input;
		readonly weightOf?: (data: Static<Input>) => number;
		readonly callback?: {
			readonly keyOf: (data: Static<Input>) => string;
			readonly withinSeconds: number;
		};
	},
): Workflow {
	const { callback, weightOf, ...rest } = workflow;
	const isInput = (data: unknown): data is Static<Input> => Value.Check(workflow.input, data);
	return {
		...rest,
		...(weightOf === undefined ? {} : { weightOf: (data) => (isInput(data) ? weightOf(data) : 1) }),
		...(callback === undefined
			? {}
			: {
					callback: {
						...callback,
						keyOf: (data) => (isInput(data) ? callback.keyOf(data) : undefined),
					},
				}),
	};
}
