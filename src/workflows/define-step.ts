import { createHash } from 'node:crypto';
import * as Type from 'typebox';
import { parseValue } from '../parse.ts';
import { type ClaimStore, checkIn, claimKey, redeem } from '../tasks/claim-check.ts';
import { type InvocationContext, invocationSignal } from '../tasks/invocation-signal.ts';
import type { Log } from '../tasks/log.ts';
import type { TaskIncarnation } from '../tasks/task.ts';
import { Progress, type ProgressReporter } from '../tasks/task.ts';

/** What a step knows besides its input. */
export interface StepContext {
	/** Steps are invoked at least once: what must not happen twice is keyed by this. */
	readonly taskId: string;
	/** What names the task in the table. */
	readonly task: TaskIncarnation;
	/** How often Step Functions has retried the state; 0 at first. */
	readonly attempt: number;
	readonly log: Log;
	/**
	 * Aborts when the step should stop: shortly before its function's time is over or, on a laptop, when the task was
	 * cancelled. Long work looks at it now and then.
	 */
	readonly signal: AbortSignal;
	/**
	 * Tells the client how far the task is; at most once a second is kept, and never less than before.
	 * Never fails. The workflow's `deployment.ts` says `reportsProgress`.
	 */
	readonly progress: (progress: Progress) => Promise<void>;
}

/** A step as the handler calls it: the input is parsed inside. */
export type Step = (input: unknown, context: StepContext) => Promise<unknown>;

/** A step whose input is checked against its schema before `run` sees it. */
export function defineStep<Input extends Type.TSchema, Output>(step: {
	readonly input: Input;
	readonly run: (input: Type.Static<Input>, context: StepContext) => Promise<Output>;
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
	principal: Type.String({ minLength: 1 }),
	task_id: Type.String(),
	created_at_ms: Type.Integer(),
	attempt: Type.Integer({ minimum: 0 }),
	input: Type.Unknown(),
});

/** For a handler that is called by something else than Lambda. */
const UNLIMITED: InvocationContext = { getRemainingTimeInMillis: () => 2 ** 31 - 1 };

/** For a workflow without `reportsProgress`: its function may not write to the table. */
const NO_PROGRESS: ProgressReporter = {
	async report() {
		throw new Error('The deployment of this workflow does not say `reportsProgress`.');
	},
};

/** For a workflow without `largeData`: its function may not use the bucket. */
const NO_CLAIMS: ClaimStore = {
	async put() {
		throw new StepError(
			'OutputTooLarge',
			'A step gave more than 200 KiB; its workflow does not say `largeData`.',
		);
	},
	async get() {
		throw new Error('This workflow does not say `largeData`.');
	},
};

/** What steps reach besides what they are made of; each workflow gives what its declarations ask for. */
export interface StepsSurroundings {
	readonly progressReporter?: ProgressReporter;
	readonly claims?: ClaimStore;
}

/** The Lambda handler of a workflow's steps, by state name. */
export function createStepsHandler(
	steps: Readonly<Record<string, Step>>,
	log: Log,
	{ progressReporter = NO_PROGRESS, claims = NO_CLAIMS }: StepsSurroundings = {},
) {
	return async (event: unknown, invocation: InvocationContext = UNLIMITED): Promise<unknown> => {
		const payload = parseValue(StepPayload, event, 'step payload');
		const { step: name, principal, task_id, created_at_ms, attempt, input } = payload;
		const step = steps[name];
		if (step === undefined) throw new StepError('UnknownStep', `There is no step ${name}.`);
		const stepLog = log.with({ task_id, step: name, attempt });
		const task = { principal, taskId: task_id, createdAtMs: created_at_ms };
		const progress = createProgress(progressReporter, task, stepLog);
		stepLog.info('step begins');
		try {
			const signal = invocationSignal(invocation);
			const context = { taskId: task_id, task, attempt, log: stepLog, signal, progress };
			const output = await step(await redeem(input, task, claims), context);
			return await checkIn(output, (text) => claimKey(task, `${name}-${digest(text)}`), claims);
		} catch (error) {
			stepLog.error('step failed', { error });
			throw error;
		}
	};
}

/** What a step reports; a report that fails is the client's loss alone, so that no step fails of it. */
function createProgress(
	reporter: ProgressReporter,
	task: TaskIncarnation,
	log: Log,
): StepContext['progress'] {
	return async (progress) => {
		try {
			await reporter.report(task, parseValue(Progress, progress, 'progress'));
		} catch (error) {
			log.warn('progress was not reported', { error });
		}
	};
}

/** Of the same content the same key, so that a repeated step leaves nothing behind. */
function digest(text: string): string {
	return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
