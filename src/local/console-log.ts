import { styleText } from 'node:util';
import type { Log, LogFields } from '../local-aws/index.ts';

/** Creates a log for a terminal: one line per message, with the name of the function first. */
export function createConsoleLog(): Log {
	const write =
		(format: 'dim' | 'yellow' | 'red') =>
		(message: string, fields: LogFields = {}) => {
			const { functionName, error, ...rest } = fields;
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
	};
}

function textOf(error: unknown): string {
	return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
