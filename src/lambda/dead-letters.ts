import { createLog } from '../aws/log.ts';
import { createSqsHandler } from '../aws/sqs-handler.ts';
import { createStatusMirroring } from '../aws/status-mirroring.ts';
import { ListenerEnvironment, parseConfig } from '../config.ts';
import { createDeadLetterHandler } from '../executions/dead-letters.ts';
import { declaredEnds } from '../workflows/catalog.ts';

const log = createLog();

/** The Lambda handler of both dead-letter queues. */
export const handler = createSqsHandler(
	createDeadLetterHandler(createStatusMirroring(parseConfig(ListenerEnvironment), declaredEnds, log)),
	log,
);
