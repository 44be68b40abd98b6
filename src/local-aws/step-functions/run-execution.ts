import type { JsonObject } from '../json.ts';
import type { Definition } from './definition.ts';
import { StateError } from './errors.ts';
import type { Execution } from './execution.ts';
import { NOT_TRUNCATED } from './history.ts';
import { outputDetails, type Run, record, serializeData, type Thread } from './run.ts';

/** The final status of an execution, with its output or its error. */
export type Ending = Pick<Execution, 'output' | 'error' | 'cause'> & {
	readonly status: Exclude<Execution['status'], 'RUNNING'>;
};

/** Ends a running execution: StopExecution, or the machine's timeout. */
export class ExecutionStopped extends Error {
	override readonly name = 'ExecutionStopped';
	readonly ending: Ending;

	constructor(ending: Ending) {
		super(ending.status);
		this.ending = ending;
	}
}

/** Interrupts an execution because the process ends. The execution stays RUNNING and resumes after the restart. */
export class Suspended extends Error {
	override readonly name = 'Suspended';
}

/** Runs an execution, or continues it from its history. Rejects with {@link Suspended} if the process ends first. */
export async function runExecution(
	run: Run,
	definition: Definition,
	control: AbortController,
): Promise<Ending> {
	const { execution, history } = run;
	if (history.find('started') === undefined) {
		history.append({
			key: 'started',
			type: 'ExecutionStarted',
			previousEventId: 0,
			details: { input: execution.input, inputDetails: { ...NOT_TRUNCATED }, roleArn: execution.roleArn },
		});
	}
	const thread: Thread = {
		key: '',
		branch: definition,
		signal: control.signal,
		variables: {},
		lastEventId: 0,
	};
	const cancelTimeout = startTimeout(run, definition, control);
	try {
		const ending = await runToEnd(run, thread);
		record(run, thread, { key: `ended/${execution.redriveCount}`, ...createEndEvent(ending) });
		return ending;
	} finally {
		cancelTimeout();
	}
}

async function runToEnd(run: Run, thread: Thread): Promise<Ending> {
	try {
		const output = await run.visitStates(run, thread, JSON.parse(run.execution.input));
		return { status: 'SUCCEEDED', output: serializeData(output, run.execution.name) };
	} catch (error) {
		if (error instanceof StateError) {
			return {
				status: 'FAILED',
				...(error.errorName === '' ? {} : { error: error.errorName }),
				...(error.causeText === undefined ? {} : { cause: error.causeText }),
			};
		}
		if (!(error instanceof ExecutionStopped)) throw error;
		// The end event of a stop or a timeout has no previous event.
		thread.lastEventId = 0;
		return error.ending;
	}
}

/** `TimeoutSeconds` of the machine begins again with each redrive. */
function startTimeout(
	{ execution, clock }: Run,
	{ TimeoutSeconds }: Definition,
	control: AbortController,
): () => void {
	if (TimeoutSeconds === undefined) return () => undefined;
	const endsAtMs = (execution.redrivenAtMs ?? execution.startedAtMs) + TimeoutSeconds * 1000;
	return clock.after(endsAtMs - clock.now(), () =>
		control.abort(new ExecutionStopped({ status: 'TIMED_OUT', error: 'States.Timeout' })),
	);
}

const END_EVENTS = {
	SUCCEEDED: 'ExecutionSucceeded',
	FAILED: 'ExecutionFailed',
	TIMED_OUT: 'ExecutionTimedOut',
	ABORTED: 'ExecutionAborted',
} as const;

function createEndEvent({ status, output, error, cause }: Ending): { type: string; details: JsonObject } {
	const type = END_EVENTS[status];
	if (output !== undefined) return { type, details: outputDetails(output) };
	return {
		type,
		details: { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) },
	};
}
