import { createLog } from '../aws/log.ts';
import { ListenerEnvironment, parseConfig } from '../config.ts';
import { createDeadLetterHandler } from '../executions/dead-letters.ts';
import { type BatchResponse, handleEach, SqsEvent } from '../executions/sqs-batch.ts';
import { parseValue } from '../parse.ts';
import { createMirroring } from './parts/mirroring.ts';

const log = createLog();
const handleDeadLetter = createDeadLetterHandler({
	...createMirroring(parseConfig(ListenerEnvironment), log),
	log,
});

export async function handler(event: unknown): Promise<BatchResponse> {
	return handleEach(parseValue(SqsEvent, event, 'SQS event').Records, handleDeadLetter, log);
}
