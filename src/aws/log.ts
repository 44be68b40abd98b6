import { Logger } from '@aws-lambda-powertools/logger';
import type { Log, LogFields } from '../tasks/log.ts';

/**
 * Powertools' logger as a {@link Log}. Level and service name come from `POWERTOOLS_LOG_LEVEL` and `POWERTOOLS_SERVICE_NAME`.
 * Fields go with each line, never into the logger itself: a sandbox may serve several invocations at once. Nor into a child
 * logger, which makes a console of its own for every invocation.
 */
export function createLog(logger: Logger = new Logger(), fields: LogFields = {}): Log {
	return {
		info: (message, more) => logger.info(message, { ...fields, ...more }),
		warn: (message, more) => logger.warn(message, { ...fields, ...more }),
		error: (message, more) => logger.error(message, { ...fields, ...more }),
		with: (more) => createLog(logger, { ...fields, ...more }),
	};
}
