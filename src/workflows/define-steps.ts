import { createHash } from 'node:crypto';
import * as Type from 'typebox';
import { parseValue } from '../parse.ts';
import { type ClaimStore, checkIn, claimKey, redeem } from '../tasks/claim-check.ts';
import { type InvocationContext, invocationSignal } from '../tasks/invocation-signal.ts';
import type { Log } from '../tasks/log.ts';
import { type ChangingTask, Progress, type ProgressReporter } from '../tasks/task.ts';
import { executionName, TaskReference, taskExecutionOf } from '../tasks/task-message.ts';

/** The context of one invocation of a step. */
export interface StepContext {
	/** Steps are invoked at least once, so the keys of effects that must not happen twice are derived from this. */
	readonly taskId: string;
	/** Identifies the row of the task. */
	readonly task: ChangingTask;
	/** How often Step Functions has retried the state; 0 at first. */
	readonly attempt: number;
	/** Each line contains the task, the execution, the state and the attempt. */
	readonly log: Log;
	/** Aborts shortly before the function times out. Long work checks it now and then. */
	readonly signal: AbortSignal;
	/**
	 * Reports the progress to the client. It is stored at most once a second and never decreases. It never fails.
	 * `workflow.ts` must set `steps.reportsProgress`.
	 */
	readonly progress: (progress: Progress) => Promise<void>;
}

/** A step as the handler calls it, named after its state. It checks its input itself. */
export type Step<Dependencies = unknown> = (
	input: unknown,
	context: StepContext,
	dependencies: Dependencies,
) => Promise<unknown>;

/** Defines a step with an input that is checked against its schema before `run` receives it. */
export function defineStep<Input extends Type.TSchema, Output, Dependencies = unknown>(step: {
	readonly input: Input;
	readonly run: (
		input: Type.Static<Input>,
		context: StepContext,
		dependencies: Dependencies,
	) => Promise<Output>;
}): (input: unknown, context: StepContext, dependencies: Dependencies) => Promise<Output> {
	return async (input, context, dependencies) =>
		step.run(parseValue(step.input, input, 'step input'), context, dependencies);
}

/**
 * An expected failure of a step. Retry and Catch match `code`. A client may read code and message if `workflow.ts` declares
 * the code.
 */
export class StepError extends Error {
	override readonly name: string;

	constructor(code: string, message: string, options?: ErrorOptions) {
		super(message, options);
		this.name = code;
	}
}

/** The payload that a state sends to its steps function. The name of the state selects the step. */
const StepPayload = Type.Object({
	task: TaskReference,
	state: Type.Object({ Name: Type.String(), RetryCount: Type.Integer({ minimum: 0 }) }),
	input: Type.Unknown(),
});

/** Invocations that do not come from Lambda have no time limit. */
const UNLIMITED_MS = 2 ** 31 - 1;

/** The connections of a steps function. */
export interface StepsConnections<Dependencies> {
	readonly dependencies: Dependencies;
	/** Required by `steps.reportsProgress`. */
	readonly progressReporter?: ProgressReporter;
	/** Required by `largeData`. */
	readonly claims?: ClaimStore;
}

/** The parts of a steps function. */
export interface StepsHandlerOptions<Dependencies> {
	readonly steps: Readonly<Record<string, Step<Dependencies>>>;
	/** Reads the environment and creates the clients. Called once, with the first step, so that its errors are logged. */
	readonly connect: () => StepsConnections<Dependencies>;
	readonly log: Log;
}

/** Creates the Lambda handler of a workflow's steps. */
export function createStepsHandler<Dependencies>({ steps, connect, log }: StepsHandlerOptions<Dependencies>) {
	let connected: StepsConnections<Dependencies> | undefined;
	return async (event: unknown, invocation: Partial<InvocationContext> = {}): Promise<unknown> => {
		const { task: reference, state, input } = parseValue(StepPayload, event, 'step payload');
		const { type: _, ...task } = taskExecutionOf({ task: reference, data: undefined });
		const { taskId } = task;
		const { Name: name, RetryCount: attempt } = state;
		const stepLog = log.with({ task_id: taskId, execution: executionName(task), state: name, attempt });
		const limitMs = invocation.getRemainingTimeInMillis?.() ?? UNLIMITED_MS;
		const signal = invocationSignal({ getRemainingTimeInMillis: () => limitMs, ...invocation });
		const logTimeout = () => {
			if (Object(signal.reason).name === 'TimeoutError')
				stepLog.error('step reached its time limit', { limit_seconds: limitMs / 1000 });
		};
		signal.addEventListener('abort', logTimeout);
		try {
			const step = steps[name];
			if (step === undefined) throw new StepError('UnknownStep', `There is no step "${name}".`);
			connected ??= connect();
			const { dependencies, progressReporter = NO_PROGRESS, claims = NO_CLAIMS } = connected;
			const progress = createProgress(progressReporter, task, stepLog);
			stepLog.info('step started');
			const context = { taskId, task, attempt, log: stepLog, signal, progress };
			const output = await step(await redeem(input, task, claims), context, dependencies);
			return await checkIn(output, (text) => claimKey(task, `${name}-${digest(text)}`), claims);
		} catch (error) {
			stepLog.error('step failed', { error });
			throw error;
		} finally {
			signal.removeEventListener('abort', logTimeout);
		}
	};
}

/** The progress reporter of a workflow without `reportsProgress`: its function may not write to the table. */
const NO_PROGRESS: ProgressReporter = {
	async report() {
		throw new Error('The workflow does not set `steps.reportsProgress`.');
	},
};

/** The claim store of a workflow without `largeData`: its function may not use the bucket. */
const NO_CLAIMS: ClaimStore = {
	async put() {
		throw new StepError(
			'OutputTooLarge',
			'The output of a step exceeds 200 KiB and its workflow does not set `largeData`.',
		);
	},
	async get() {
		throw new Error('The workflow does not set `largeData`.');
	},
};

/** Reports progress on a best-effort basis: a failed report is logged and never fails the step. */
function createProgress(reporter: ProgressReporter, task: ChangingTask, log: Log): StepContext['progress'] {
	return async (progress) => {
		try {
			await reporter.report(task, parseValue(Progress, progress, 'progress'));
		} catch (error) {
			log.warn('progress not reported', { error });
		}
	};
}

/** Equal content has an equal key, so that a repeated step overwrites its earlier output. */
function digest(text: string): string {
	return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
