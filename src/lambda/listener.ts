import { createLog } from '../aws/log.ts';
import { createStatusMirroring } from '../aws/status-mirroring.ts';
import { ListenerEnvironment, parseConfig } from '../config.ts';
import { createMirror } from '../executions/mirror.ts';
import { type BatchResponse, handleEach, SqsEvent } from '../executions/sqs-batch.ts';
import { parseValue } from '../parse.ts';

const log = createLog();
const mirror = createMirror({ ...createStatusMirroring(parseConfig(ListenerEnvironment), log), log });

export async function handler(event: unknown): Promise<BatchResponse> {
	return handleEach(parseValue(SqsEvent, event, 'SQS event').Records, mirror, log);
}
