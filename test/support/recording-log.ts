import type { Log, LogFields } from '../../src/tasks/log.ts';

export interface LogLine extends LogFields {
	readonly level: 'info' | 'warn' | 'error';
	readonly message: string;
}

/** A log that records its lines. */
export function createRecordingLog(): { log: Log; lines: LogLine[] } {
	const lines: LogLine[] = [];
	const withFields = (always: LogFields): Log => {
		const write =
			(level: LogLine['level']) =>
			(message: string, fields: LogFields = {}) => {
				lines.push({ ...always, ...fields, level, message });
			};
		return {
			info: write('info'),
			warn: write('warn'),
			error: write('error'),
			with: (fields) => withFields({ ...always, ...fields }),
		};
	};
	return { log: withFields({}), lines };
}
