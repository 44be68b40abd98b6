import * as Type from 'typebox';
import * as Value from 'typebox/value';
import type { ExecutionSnapshot, StartOutcome } from '../../src/executions/execution-client.ts';
import type { ResumeExecution } from '../../src/tasks/answer-callback.ts';
import type { AwaitCallbackOutcome, AwaitedCallback, CallbackAnswer } from '../../src/tasks/callbacks.ts';
import type { ExecutionStatus, Task } from '../../src/tasks/task.ts';
import type { RedriveOutcome, TaskExecution } from '../../src/tasks/task-executions.ts';
import { executionName, type TaskMessage, taskExecutionOf } from '../../src/tasks/task-message.ts';
import type { VirtualTime } from './virtual-time.ts';

/** How a job ends. `INVALID`: the execution succeeds with an output that the result schema does not allow. */
const Outcome = Type.Enum(['SUCCEEDED', 'INVALID', 'FAILED', 'TIMED_OUT']);

/** The ends that the simulated task type declares. */
export const SIMULATED_ENDS = { errors: {}, result: Type.Object({ done: Type.Boolean() }) };

const VALID_OUTPUT = '{"done":true}';

/** The output of an execution whose outcome is `INVALID`. */
export const INVALID_OUTPUT = '{"done":"soon"}';

/** The work of a simulated workflow: it runs for a time, or waits for a callback. */
export const Job = Type.Union([
	Type.Object({
		kind: Type.Literal('work'),
		forMs: Type.Integer(),
		/** Its end, first and after each redrive. */
		outcomes: Type.Array(Outcome, { minItems: 1 }),
	}),
	Type.Object({ kind: Type.Literal('approval'), key: Type.String(), withinMs: Type.Integer() }),
]);

/** See the schema of the same name. */
export type Job = Type.Static<typeof Job>;

/** An execution, with the part of its history that the invariants check. */
export interface SimulatedExecution {
	readonly task: TaskExecution;
	snapshot: ExecutionSnapshot;
	/** The callback answers that resumed the execution. */
	readonly answers: CallbackAnswer[];
	/** The time of each redrive, by the redrive count of the end. */
	readonly redrivesAtMs: number[];
	/** Whether it waits for a callback, or has timed out while waiting. */
	isWaiting: boolean;
}

/** The settings of the simulated Step Functions. */
export interface SimulatedExecutionsSettings {
	readonly time: VirtualTime;
	/** Receives each change of a status. */
	readonly onChange: (execution: SimulatedExecution) => void;
	/** Invokes the step that stores the token. */
	readonly awaitCallback: (
		callback: AwaitedCallback & { readonly token: string },
	) => Promise<AwaitCallbackOutcome>;
}

/** Retries of a step that crashed, as in the workflows. */
const STEP_RETRIES = 3;

/** Creates a Step Functions that behaves like the real one in all that the service observes. */
export function createSimulatedExecutions({ time, onChange, awaitCallback }: SimulatedExecutionsSettings) {
	const executions = new Map<string, SimulatedExecution>();
	/** The callback tokens that executions wait for, with the function that resumes each. */
	const tokens = new Map<string, (answer: CallbackAnswer) => boolean>();
	let issued = 0;

	function change(execution: SimulatedExecution, snapshot: ExecutionSnapshot) {
		execution.snapshot = snapshot;
		onChange(execution);
	}

	function end(execution: SimulatedExecution, redriveCount: number, ending: Ending) {
		const { snapshot } = execution;
		if (!isRunning(execution, redriveCount)) return;
		change(execution, { ...snapshot, ...ending, stoppedAtMs: time.now() });
	}

	function run(execution: SimulatedExecution, job: Job) {
		const { redriveCount } = execution.snapshot;
		const finish = (ending: Ending) => end(execution, redriveCount, ending);
		if (job.kind === 'work') {
			const outcome = job.outcomes[Math.min(redriveCount, job.outcomes.length - 1)] ?? 'SUCCEEDED';
			time.after(job.forMs, () => finish(endingOf(outcome)));
			return;
		}
		const deadlineAtMs = time.now() + job.withinMs;
		time.after(job.withinMs, () => finish({ status: 'TIMED_OUT', error: 'States.Timeout' }));
		void wait(STEP_RETRIES);

		async function wait(triesLeft: number): Promise<void> {
			if (job.kind !== 'approval') return;
			execution.isWaiting = false;
			const token = `token-${issued++}`;
			const resumeBy = (answer: CallbackAnswer) => {
				tokens.delete(token);
				if (!isRunning(execution, redriveCount)) return false;
				execution.answers.push(answer);
				execution.isWaiting = false;
				finish(answer.status === 'success' ? endingOf('SUCCEEDED') : endingOf('FAILED'));
				return true;
			};
			tokens.set(token, resumeBy);
			try {
				const outcome = await awaitCallback({
					task: execution.task,
					callbackKey: job.key,
					deadlineAtMs,
					token,
				});
				if (outcome.kind === 'waiting') {
					execution.isWaiting = tokens.has(token);
					return;
				}
				if (outcome.kind === 'answered') resumeBy(outcome.answer);
				else finish({ status: 'FAILED', error: 'CallbackKeyInUse' });
			} catch {
				// An execution that its token has resumed no longer depends on the failed step.
				if (!tokens.delete(token)) return;
				if (triesLeft === 0) finish({ status: 'FAILED', error: 'Lambda.Unknown' });
				else time.after(2000, () => void wait(triesLeft - 1));
			}
		}
	}

	const resume: ResumeExecution = async (token, answer) => {
		const resumeBy = tokens.get(token);
		return resumeBy?.(answer) === true ? 'resumed' : 'ended';
	};

	return {
		all: executions,
		resume,

		async start(message: TaskMessage): Promise<StartOutcome> {
			const task = taskExecutionOf(message);
			const name = executionName(task);
			const input = JSON.stringify(message);
			const found = executions.get(name);
			if (found !== undefined) {
				if (found.snapshot.input !== input)
					return { kind: 'rejected', reason: `Execution ${name} exists with another input.` };
				return { kind: found.snapshot.status === 'RUNNING' ? 'started' : 'alreadyStarted' };
			}
			const snapshot = { status: 'RUNNING', input, startedAtMs: time.now(), redriveCount: 0 } as const;
			const execution: SimulatedExecution = {
				task,
				snapshot,
				answers: [],
				redrivesAtMs: [],
				isWaiting: false,
			};
			executions.set(name, execution);
			onChange(execution);
			run(execution, jobOf(input));
			return { kind: 'started' };
		},

		async describe(name: string): Promise<ExecutionSnapshot | undefined> {
			return executions.get(name)?.snapshot;
		},

		async stop(task: TaskExecution, cause: string): Promise<'stopped' | 'absent'> {
			const execution = executions.get(executionName(task));
			if (execution === undefined) return 'absent';
			end(execution, execution.snapshot.redriveCount, { status: 'ABORTED', error: 'Cancelled', cause });
			return 'stopped';
		},

		async redrive(task: TaskExecution & Pick<Task, 'redriveCount'>): Promise<RedriveOutcome> {
			const execution = executions.get(executionName(task));
			if (execution === undefined) return { kind: 'absent' };
			const repeatedAtMs = execution.redrivesAtMs[task.redriveCount];
			if (repeatedAtMs !== undefined) return { kind: 'redriven', atMs: repeatedAtMs };
			const { status, input, startedAtMs, redriveCount } = execution.snapshot;
			if (status === 'RUNNING' || status === 'SUCCEEDED') return { kind: 'notRedrivable' };
			const redrivenAtMs = time.now();
			execution.redrivesAtMs[task.redriveCount] = redrivenAtMs;
			change(execution, {
				status: 'RUNNING',
				input,
				startedAtMs,
				redriveCount: redriveCount + 1,
				redrivenAtMs,
			});
			run(execution, jobOf(input));
			return { kind: 'redriven', atMs: redrivenAtMs };
		},
	};
}

function isRunning({ snapshot }: SimulatedExecution, redriveCount: number): boolean {
	return snapshot.status === 'RUNNING' && snapshot.redriveCount === redriveCount;
}

function jobOf(input: string): Job {
	return Value.Parse(Type.Object({ data: Job }), JSON.parse(input)).data;
}

type Ending = { readonly status: ExecutionStatus } & Pick<ExecutionSnapshot, 'output' | 'error' | 'cause'>;

function endingOf(outcome: Type.Static<typeof Outcome>): Ending {
	switch (outcome) {
		case 'SUCCEEDED':
			return { status: outcome, output: VALID_OUTPUT };
		case 'INVALID':
			return { status: 'SUCCEEDED', output: INVALID_OUTPUT };
		case 'FAILED':
			return { status: outcome, error: 'Broken' };
		case 'TIMED_OUT':
			return { status: outcome, error: 'States.Timeout' };
	}
}
