import { Logger } from '@aws-lambda-powertools/logger';
import type { Log, LogFields } from '../tasks/log.ts';

/**
 * Powertools' logger as a {@link Log}. Level and service name come from `POWERTOOLS_LOG_LEVEL` and `POWERTOOLS_SERVICE_NAME`.
 * Fields go with the line or with a child logger, never into the logger itself: a sandbox may serve several invocations at once.
 */
export function createLog(logger: Logger = new Logger()): Log {
	return {
		info: (message, fields = {}) => logger.info(message, fields),
		warn: (message, fields = {}) => logger.warn(message, fields),
		error: (message, fields = {}) => logger.error(message, fields),
		with: (fields: LogFields) => {
			const child = logger.createChild();
			child.appendPersistentKeys(fields);
			return createLog(child);
		},
	};
}
