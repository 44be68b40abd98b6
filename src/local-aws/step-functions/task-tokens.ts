import { AwsError } from '../endpoint/service.ts';
import type { ServiceAnswer } from './run.ts';

/** A task that waits for its callback. */
export interface WaitingTask {
	/** Records the outcome before it returns: what is acknowledged is not lost. */
	settle(answer: ServiceAnswer): void;
	heartbeat(): void;
}

/** The callback tokens of the tasks that wait. */
export interface TaskTokens {
	/** A new token for a task of this execution. */
	issue(executionArn: string): string;
	/** Makes the task reachable until `forget`. */
	await(token: string, task: WaitingTask): void;
	forget(token: string): void;
	/** The waiting task. Throws `InvalidToken` for what is none of ours, `TaskTimedOut` for a task that waits no longer. */
	find(token: string): WaitingTask;
}

export function createTaskTokens(newId: () => string): TaskTokens {
	const waiting = new Map<string, WaitingTask>();
	return {
		issue: (executionArn) => Buffer.from(JSON.stringify({ executionArn, id: newId() })).toString('base64'),
		await(token, task) {
			waiting.set(token, task);
		},
		forget(token) {
			waiting.delete(token);
		},
		find(token) {
			const task = waiting.get(token);
			if (task !== undefined) return task;
			if (isOurs(token))
				throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
			throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
		},
	};
}

function isOurs(token: string): boolean {
	try {
		return typeof Object(JSON.parse(Buffer.from(token, 'base64').toString())).executionArn === 'string';
	} catch {
		return false;
	}
}
