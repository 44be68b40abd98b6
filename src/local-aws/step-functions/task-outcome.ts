import type { Json } from '../json.ts';
import type { TaskState } from './definition-schema.ts';
import type { HistoryEvent } from './history.ts';
import {
	isTooLong,
	outputDetails,
	type Run,
	record,
	type ServiceAnswer,
	type Thread,
	type Visit,
	waitUntil,
} from './run.ts';
import { StateError } from './state-error.ts';
import type { TaskResource } from './task-resource.ts';

/** One try at a Task's work. */
export interface TaskAttempt {
	readonly run: Run;
	readonly thread: Thread;
	readonly visit: Visit;
	readonly state: TaskState;
	readonly key: string;
	readonly resource: TaskResource;
}

/** Records the attempt's end; an end that is there already stays. */
export function settle(attempt: TaskAttempt, answer: ServiceAnswer): HistoryEvent {
	const { run, thread, key, resource } = attempt;
	if (!answer.ok) {
		const { error, cause } = answer;
		return record(run, thread, {
			key: `${key}/outcome`,
			type: resource.events.failed,
			details: {
				...resource.names,
				...(error === undefined ? {} : { error }),
				...(cause === undefined ? {} : { cause }),
			},
		});
	}
	const output = JSON.stringify(resource.resultOf(answer.output));
	if (isTooLong(output)) return settle(attempt, tooLong(attempt));
	return record(run, thread, {
		key: `${key}/outcome`,
		type: resource.events.succeeded,
		details: { ...resource.names, ...outputDetails(output) },
	});
}

/** The failure of a service whose answer has more than 256 KiB. */
export function tooLong({ state }: TaskAttempt): ServiceAnswer {
	return {
		ok: false,
		error: 'States.DataLimitExceeded',
		cause: `The state/task '${state.Resource}' returned a result with a size exceeding the maximum number of bytes service limit.`,
	};
}

/** Records that the time is over. Rejects where the attempt ends first. AWS shows the same error for both limits. */
export async function expire(
	{ run, thread, key, resource }: TaskAttempt,
	signal: AbortSignal,
	atMs: number,
	alias?: 'States.HeartbeatTimeout',
): Promise<HistoryEvent> {
	await waitUntil(run, atMs, signal);
	return record(run, thread, {
		key: `${key}/outcome`,
		type: resource.events.timedOut,
		details: { ...resource.names, error: 'States.Timeout' },
		...(alias === undefined ? {} : { memo: { alias } }),
	});
}

/** What an outcome says. Throws the failure that it records. */
export function resultOf({ resource }: TaskAttempt, { type, details = {}, memo = {} }: HistoryEvent): Json {
	const { error, cause, output } = details;
	if (type === resource.events.succeeded) return JSON.parse(typeof output === 'string' ? output : 'null');
	const { alias } = memo;
	throw new StateError(
		typeof error === 'string' ? error : '',
		typeof cause === 'string' ? cause : undefined,
		typeof alias === 'string' ? { alias } : {},
	);
}
