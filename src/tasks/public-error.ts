import * as Type from 'typebox';
import * as Value from 'typebox/value';
import type { TaskError, TaskStatus } from './task.ts';

const WITHOUT_CAUSE: Readonly<Record<string, string>> = {
	TIMED_OUT: 'The task took longer than its workflow allows.',
	ABORTED: 'The task was stopped.',
	FAILED: 'The workflow failed.',
};

/** Lambda's own causes are JSON with a stack; only their message may leave the service. */
const LambdaCause = Type.Object({ errorMessage: Type.String() });

/** Why something failed, in words a client may read. */
export function publicError({
	status = 'FAILED',
	error = status,
	cause,
}: {
	readonly status?: TaskStatus;
	readonly error?: string;
	readonly cause?: string;
}): TaskError {
	return { code: error, message: publicMessage(cause) ?? WITHOUT_CAUSE[status] ?? status };
}

/** The cause in words a client may read: nothing with a stack, an ARN or a request id. */
function publicMessage(cause: string | undefined): string | undefined {
	if (cause === undefined || cause === '') return undefined;
	const message = cause.startsWith('{') ? lambdaMessage(cause) : cause;
	return message === undefined || /\barn:aws|RequestId:|\n\s+at /.test(message) ? undefined : message;
}

function lambdaMessage(cause: string): string | undefined {
	try {
		const value: unknown = JSON.parse(cause);
		return Value.Check(LambdaCause, value) ? value.errorMessage : undefined;
	} catch {
		return undefined;
	}
}
