import {
	InvalidToken,
	SendTaskSuccessCommand,
	type SFNClient,
	TaskDoesNotExist,
	TaskTimedOut,
} from '@aws-sdk/client-sfn';
import type { ResumeExecution } from '../tasks/answer-callback.ts';
import { workflowAnswer } from '../tasks/callbacks.ts';

/**
 * Resumes executions by SendTaskSuccess. A failure is sent as a success too: the workflow decides about rejections.
 *
 * @throws `ServiceUnavailableError` if Step Functions gives no definite response.
 */
export function createResumeExecution(client: SFNClient): ResumeExecution {
	return async (taskToken, answer) => {
		try {
			await client.send(
				new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(workflowAnswer(answer)) }),
			);
			return 'resumed';
		} catch (error) {
			if (!hasEnded(error)) throw error;
			// After a lost response the SDK sends the same answer again and Step Functions reports an ended task.
			return (error.$metadata.attempts ?? 1) > 1 ? 'endedAfterRetry' : 'ended';
		}
	};
}

function hasEnded(error: unknown): error is TaskTimedOut | TaskDoesNotExist | InvalidToken {
	return error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken;
}
