import type { JsonObject } from '../json.ts';
import type { Definition } from './definition-schema.ts';
import type { Execution } from './execution.ts';
import { NOT_TRUNCATED } from './history.ts';
import { dataText, outputDetails, type Run, record, type Thread } from './run.ts';
import { StateError } from './state-error.ts';

/** How an execution ends. */
export type Ending = Pick<Execution, 'output' | 'error' | 'cause'> & {
	readonly status: Exclude<Execution['status'], 'RUNNING'>;
};

/** Ends an execution from outside. */
export class ExecutionStopped extends Error {
	override readonly name = 'ExecutionStopped';
	readonly ending: Ending;

	constructor(ending: Ending) {
		super(ending.status);
		this.ending = ending;
	}
}

/** The process ends and the execution does not: it is taken up when the process is back. */
export class Suspended extends Error {
	override readonly name = 'Suspended';
}

/** Runs an execution, or takes it up where its history ends. Rejects with `Suspended` where the process goes first. */
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
	const cancelTimeout = limitTime(run, definition, control);
	try {
		const ending = await endingOf(run, thread);
		record(run, thread, { key: `ended/${execution.redriveCount}`, ...endEvent(ending) });
		return ending;
	} finally {
		cancelTimeout();
	}
}

async function endingOf(run: Run, thread: Thread): Promise<Ending> {
	try {
		const output = await run.visitStates(run, thread, JSON.parse(run.execution.input));
		return { status: 'SUCCEEDED', output: dataText(output, run.execution.name) };
	} catch (error) {
		if (error instanceof StateError) {
			return {
				status: 'FAILED',
				...(error.error === '' ? {} : { error: error.error }),
				...(error.why === undefined ? {} : { cause: error.why }),
			};
		}
		if (!(error instanceof ExecutionStopped)) throw error;
		// What comes from outside follows no event of the execution.
		thread.lastEventId = 0;
		return error.ending;
	}
}

function limitTime(
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

function endEvent({ status, output, error, cause }: Ending): { type: string; details: JsonObject } {
	const type = END_EVENTS[status];
	if (output !== undefined) return { type, details: outputDetails(output) };
	return {
		type,
		details: { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) },
	};
}
