import * as Type from 'typebox';
import * as Value from 'typebox/value';
import type { StoredError, TaskStatus } from './task.ts';

/** The `error.code` of a task that was cancelled by its client. */
export const CANCELLED = 'Cancelled';

/** The codes that the workflow of a task declares. Only they reach a client together with their message. */
export type DeclaredErrors = Readonly<Record<string, unknown>>;

/** The error and cause of an execution or of one of its states. */
export interface ExecutionFailure {
	readonly status?: TaskStatus;
	readonly error?: string;
	readonly cause?: string;
}

const FIXED_TEXTS: Readonly<Partial<Record<TaskStatus, string>>> = {
	TIMED_OUT: 'The task took longer than its workflow allows.',
	ABORTED: 'The task was stopped.',
	FAILED: 'The workflow failed. The logs of the service contain the details.',
};

/** The code of every error that no workflow declares. */
const UNDECLARED = 'StepFailed';

/** The cause that packaging writes into each Fail state. */
const FinalCause = Type.Object(
	{ final: Type.Literal(true), cause: Type.Optional(Type.String()) },
	{ additionalProperties: false },
);

/** The cause of a failed step, as Lambda reports it: JSON with a stack. */
const StepCause = Type.Object({ errorType: Type.String(), errorMessage: Type.String() });

/**
 * Returns the error of a task in words that a client may read. Only codes that the workflow declares keep their message.
 * Every other error may contain addresses, ARNs or code, so the client reads a fixed text and the log has the details.
 */
export function publicError(failure: ExecutionFailure, declared: DeclaredErrors): StoredError {
	const { status = 'FAILED', error = status, cause = '' } = failure;
	const message = FIXED_TEXTS[status] ?? status;
	if (status === 'TIMED_OUT') return { code: error, message };
	if (status === 'ABORTED')
		return error === CANCELLED ? { code: error, message: cause } : { code: status, message };
	const final = parseCause(FinalCause, cause);
	const isFinal = final === undefined ? {} : ({ isFinal: true } as const);
	if (!Object.hasOwn(declared, error)) return { code: publicCode(error), message, ...isFinal };
	return { code: error, message: declaredMessage(error, final?.cause ?? cause) ?? message, ...isFinal };
}

/** AWS's own codes, such as `States.Timeout`, contain nothing of ours. */
function publicCode(error: string): string {
	return /^(States|Lambda|Sandbox|Runtime)\.\w+$/.test(error) ? error : UNDECLARED;
}

/** Returns the message of a declared error: of its step, or the text of a Fail state. */
function declaredMessage(code: string, cause: string): string | undefined {
	const step = parseCause(StepCause, cause);
	const message = step?.errorType === code ? step.errorMessage : cause;
	return message === '' ? undefined : message;
}

function parseCause<Schema extends Type.TSchema>(
	schema: Schema,
	cause: string,
): Type.Static<Schema> | undefined {
	if (!cause.startsWith('{')) return undefined;
	try {
		const value: unknown = JSON.parse(cause);
		return Value.Check(schema, value) ? value : undefined;
	} catch {
		return undefined;
	}
}
