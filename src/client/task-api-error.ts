import type { Task, ValidationFault } from './task-types.ts';

/** Codes of the client's own errors; all other codes are those of the API's problem catalogue. */
export type ClientErrorCode =
	/** No response in any attempt. */
	| 'network'
	/** The task did not finish within `timeoutMs`. */
	| 'wait-timeout'
	/** The response is not one of the API, for example a page of a proxy. */
	| 'unexpected-response';

/** Details of an error. */
export interface TaskApiErrorDetails {
	readonly status: number;
	readonly code: string;
	readonly detail: string;
	readonly errors?: readonly ValidationFault[];
	readonly requestId?: string | undefined;
	readonly retryAfterSeconds?: number | undefined;
	readonly attempts?: number;
	readonly task?: Task | undefined;
	readonly cause?: unknown;
}

/** The error of every method of the client, except for the reason of an aborted signal. */
export class TaskApiError extends Error {
	override readonly name = 'TaskApiError';
	/** Status code of the response; 0 without a response. */
	readonly status: number;
	/** Code of the problem, such as `validation`, or a {@link ClientErrorCode}. */
	readonly code: string;
	/** One sentence for people. */
	readonly detail: string;
	/** The invalid members of a request; empty unless `code` is `validation`. */
	readonly errors: readonly ValidationFault[];
	/** Identifies the request in the service's logs, if the response has an id. */
	readonly requestId: string | undefined;
	/** When to repeat the request, if the response says so. */
	readonly retryAfterSeconds: number | undefined;
	/** Number of requests that were sent. If it exceeds 1, an earlier one may have been processed. */
	readonly attempts: number;
	/** The task as it was last read, if `code` is `wait-timeout`. */
	readonly task: Task | undefined;

	constructor(details: TaskApiErrorDetails) {
		const { status, code, detail, errors = [] } = details;
		const faults = errors.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`);
		super([`${status === 0 ? '' : `${status} `}${code}: ${detail}`, ...faults].join('\n'), {
			cause: details.cause,
		});
		this.status = status;
		this.code = code;
		this.detail = detail;
		this.errors = errors;
		this.requestId = details.requestId;
		this.retryAfterSeconds = details.retryAfterSeconds;
		this.attempts = details.attempts ?? 1;
		this.task = details.task;
	}
}

/** Whether a request conflicts with the state that an earlier attempt with a lost response may have caused. */
export function isRepeatedConflict(error: unknown): boolean {
	return error instanceof TaskApiError && error.code === 'conflict' && error.attempts > 1;
}
