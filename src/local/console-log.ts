import { styleText } from 'node:util';
import type { Log, LogFields } from '../tasks/log.ts';

/** Lines for a person at a terminal: which function speaks, then what it says. */
export function createConsoleLog(always: LogFields = {}): Log {
	const write =
		(format: 'dim' | 'yellow' | 'red') =>
		(message: string, fields: LogFields = {}) => {
			const { functionName, error, ...rest } = { ...always, ...fields };
			const details = [
				...Object.entries(rest).map(([name, value]) => `${name}=${String(value)}`),
				...(error === undefined ? [] : [textOf(error)]),
			];
			console.log(
				styleText(
					format,
					[typeof functionName === 'string' ? functionName : '-', message, ...details].join(' '),
				),
			);
		};
	return {
		info: write('dim'),
		warn: write('yellow'),
		error: write('red'),
		with: (fields) => createConsoleLog({ ...always, ...fields }),
	};
}

function textOf(error: unknown): string {
	return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
