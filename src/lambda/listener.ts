import { createLog } from '../aws/log.ts';
import { createSqsHandler } from '../aws/sqs-handler.ts';
import { createStatusMirroring } from '../aws/status-mirroring.ts';
import { ListenerEnvironment, parseConfig } from '../config.ts';
import { createMirror } from '../executions/mirror.ts';
import { declaredEnds } from '../workflows/catalog.ts';

const log = createLog();

/** The Lambda handler of the status queue. */
export const handler = createSqsHandler(
	createMirror(createStatusMirroring(parseConfig(ListenerEnvironment), declaredEnds, log)),
	log,
);
