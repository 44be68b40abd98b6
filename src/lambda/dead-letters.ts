import { createLog } from '../aws/log.ts';
import { createStatusMirroring } from '../aws/status-mirroring.ts';
import { ListenerEnvironment, parseConfig } from '../config.ts';
import { createDeadLetterHandler } from '../executions/dead-letters.ts';
import { type BatchResponse, handleEach, SqsEvent } from '../executions/sqs-batch.ts';
import { parseValue } from '../parse.ts';

const log = createLog();
const handleDeadLetter = createDeadLetterHandler({
	...createStatusMirroring(parseConfig(ListenerEnvironment), log),
	log,
});

export async function handler(event: unknown): Promise<BatchResponse> {
	return handleEach(parseValue(SqsEvent, event, 'SQS event').Records, handleDeadLetter, log);
}
