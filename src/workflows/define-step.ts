import { type Static, type TSchema, Type } from 'typebox';
import { parseValue } from '../parse.ts';
import type { Log } from '../tasks/log.ts';

/** What a step knows besides its input. */
export interface StepContext {
	/** Steps are invoked at least once: what must not happen twice is keyed by this. */
	readonly taskId: string;
	/** How often Step Functions has retried the state; 0 at first. */
	readonly attempt: number;
	readonly log: Log;
}

/** A step as the handler calls it: the input is parsed inside. */
export type Step = (input: unknown, context: StepContext) => Promise<unknown>;

/** A step whose input is checked against its schema before `run` sees it. */
export function defineStep<Input extends TSchema, Output>(step: {
	readonly input: Input;
	readonly run: (input: Static<Input>, context: StepContext) => Promise<Output>;
}): (input: unknown, context: StepContext) => Promise<Output> {
	return async (input, context) => step.run(parseValue(step.input, input, 'step input'), context);
}

/** An expected failure of a step; Step Functions sees `name` as the error, which Retry and Catch match, and `message` in the cause. */
export class StepError extends Error {
	override readonly name: string;

	constructor(name: string, message: string, options?: ErrorOptions) {
		super(message, options);
		this.name = name;
	}
}

/** What a state machine sends to its steps function: the state's name chooses the step. */
const StepPayload = Type.Object({
	step: Type.String(),
	task_id: Type.String(),
	attempt: Type.Integer({ minimum: 0 }),
	input: Type.Unknown(),
});

/** The Lambda handler of a workflow's steps, by state name. */
export function createStepsHandler(steps: Readonly<Record<string, Step>>, log: Log) {
	return async (event: unknown): Promise<unknown> => {
		const { step: name, task_id, attempt, input } = parseValue(StepPayload, event, 'step payload');
		const step = steps[name];
		if (step === undefined) throw new StepError('UnknownStep', `There is no step ${name}.`);
		const stepLog = log.with({ task_id, step: name, attempt });
		stepLog.info('step begins');
		try {
			return await step(input, { taskId: task_id, attempt, log: stepLog });
		} catch (error) {
			stepLog.error('step failed', { error });
			throw error;
		}
	};
}
