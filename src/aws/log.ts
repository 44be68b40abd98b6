import { Logger } from '@aws-lambda-powertools/logger';
import * as Type from 'typebox';
import { matches } from '../parse.ts';
import type { Log, LogFields } from '../tasks/log.ts';
import { currentInvocation } from './invocation.ts';

/** The part of Lambda's context that Powertools adds to each line. */
const LoggedContext = Type.Object({
	awsRequestId: Type.String(),
	functionName: Type.String(),
	functionVersion: Type.String(),
	invokedFunctionArn: Type.String(),
	memoryLimitInMB: Type.String(),
});

/**
 * Powertools' logger as a {@link Log}. Level and service name come from `POWERTOOLS_LOG_LEVEL` and
 * `POWERTOOLS_SERVICE_NAME`. Inside `withInvocation`, each line contains the ids of its own invocation.
 */
export function createLog(logger: Logger = new Logger()): Log {
	let loggedContext: unknown;
	/** Invocations may run concurrently, so the logger gets the context of the line that follows. */
	const addContext = (context: unknown) => {
		if (context === loggedContext || !matches(LoggedContext, context)) return;
		logger.addContext({ ...context, coldStart: false });
		loggedContext = context;
	};
	const logWith = (fields: LogFields): Log => {
		const write = (level: 'info' | 'warn' | 'error', message: string, more: LogFields | undefined) => {
			const invocation = currentInvocation();
			addContext(invocation?.context);
			logger[level](message, { ...invocation?.logFields, ...fields, ...more });
		};
		return {
			info: (message, more) => write('info', message, more),
			warn: (message, more) => write('warn', message, more),
			error: (message, more) => write('error', message, more),
			with: (more) => logWith({ ...fields, ...more }),
		};
	};
	return logWith({});
}
