import {
	InvalidToken,
	SendTaskSuccessCommand,
	type SFNClient,
	TaskDoesNotExist,
	TaskTimedOut,
} from '@aws-sdk/client-sfn';
import type { ResumeExecution } from '../tasks/answer-callback.ts';

/**
 * Hands an answer to the execution that waits for it, as the output of its state. A refusal is an answer too:
 * what it means is the workflow's to decide.
 */
export function createResumeExecution(client: SFNClient): ResumeExecution {
	return async (taskToken, { atMs, ...answer }) => {
		const output = JSON.stringify({ ...answer, at: new Date(atMs).toISOString() });
		try {
			await client.send(new SendTaskSuccessCommand({ taskToken, output }));
			return 'resumed';
		} catch (error) {
			if (error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken)
				return 'late';
			throw error;
		}
	};
}
