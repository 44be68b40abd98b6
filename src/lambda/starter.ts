import { createSfnClient } from '../aws/clients.ts';
import { createExecutionClient } from '../aws/execution-client.ts';
import { createLog } from '../aws/log.ts';
import { parseConfig, StarterEnvironment } from '../config.ts';
import { type BatchResponse, handleEach, SqsEvent } from '../executions/sqs-batch.ts';
import { createStarter } from '../executions/starter.ts';
import { parseValue } from '../parse.ts';

const config = parseConfig(StarterEnvironment);
const log = createLog();
const executions = createExecutionClient(createSfnClient(), config.STATE_MACHINE_ARN_PREFIX);
const start = createStarter({ executions, log });

export async function handler(event: unknown): Promise<BatchResponse> {
	return handleEach(parseValue(SqsEvent, event, 'SQS event').Records, start, log);
}
