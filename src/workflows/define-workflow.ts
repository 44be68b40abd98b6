import type { Static, TSchema } from 'typebox';
import * as Value from 'typebox/value';

/** A value of a CloudFormation template: text, or an intrinsic function. */
export type TemplateValue = string | Readonly<Record<string, unknown>>;

/** An IAM permission: these actions on exactly these resources. */
export interface Permission {
	readonly Action: string | readonly string[];
	readonly Resource: TemplateValue | readonly TemplateValue[];
}

/** An error that a client may read as a task's `error.code`. Every other error is reported by a fixed text. */
export interface DeclaredError {
	/** When the error occurs, in one sentence for clients. */
	readonly description: string;
	/** Whether a later attempt may succeed. Only then do the standard retriers apply to it. */
	readonly isTransient?: boolean;
}

/** One task type, as its folder describes it. Its state machine is the `definition.asl.json` beside it. */
export interface Workflow {
	/** One sentence for clients that choose a type. */
	readonly description: string;
	/** How long a task of this type usually takes. `Retry-After` is derived from it. */
	readonly expectedSeconds: number;
	/** A task's `data`. */
	readonly input: TSchema;
	/** A succeeded task's `result`. */
	readonly result: TSchema;
	/** The errors of its steps and Fail states, by code. */
	readonly errors: Readonly<Record<string, DeclaredError>>;
	/**
	 * Whether `data` or a step's output may exceed 200 KiB, up to 5 MiB. Both then pass through the output bucket: the
	 * definition passes the data on as a whole, and each step receives the data itself.
	 */
	readonly largeData?: boolean;
	/** Members of `result` that are keys of objects in the output bucket; a client reads presigned URLs instead. */
	readonly resultFiles?: readonly string[];
	/** Share of the principal's limit per minute that a task takes, 1 or more. Default: 1. */
	readonly weightOf?: (data: unknown) => number;
	/** The callback that a task of this type waits for. */
	readonly callback?: {
		/** Returns the callback key of a task with this `data`. */
		readonly keyOf: (data: unknown) => string | undefined;
		readonly withinSeconds: number;
		/** The people who may answer, as the approval page lists them. The page records the chosen name. Default: any name. */
		readonly approvers?: readonly string[];
	};
	/** The function that runs the steps. */
	readonly steps: {
		/** The time limit of one step, at most 900. */
		readonly timeoutSeconds: number;
		readonly environment?: Readonly<Record<string, TemplateValue>>;
		readonly permissions?: readonly Permission[];
		/** Whether steps call `context.progress`. The function then knows the task table and may update its rows. */
		readonly reportsProgress?: boolean;
	};
	/** Additions to the state machine. */
	readonly machine?: {
		readonly permissions?: readonly Permission[];
		/** Substitutions in the definition in addition to `${StepsFunctionArn}`. */
		readonly substitutions?: Readonly<Record<string, TemplateValue>>;
	};
}

/** A workflow whose functions receive typed `data`. */
type TypedWorkflow<Input extends TSchema> = Omit<Workflow, 'callback' | 'input' | 'weightOf'> & {
	readonly input: Input;
	readonly weightOf?: (data: Static<Input>) => number;
	readonly callback?: {
		readonly keyOf: (data: Static<Input>) => string;
		readonly withinSeconds: number;
		readonly approvers?: readonly string[];
	};
};

/** Describes a workflow. `weightOf` and `callback.keyOf` receive only data that matches `input`. */
export function defineWorkflow<Input extends TSchema>(workflow: TypedWorkflow<Input>): Workflow {
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
