import { AwsError } from '../endpoint/service.ts';
import { parseCron } from './cron.ts';

/** When a scheduled rule fires. Times are epoch milliseconds. */
export interface Schedule {
	/** The first time after `afterMs`; undefined where there is none any more. For a rate, `afterMs` is the firing before. */
	readonly next: (afterMs: number) => number | undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Reads `rate(5 minutes)` or `cron(0 12 * * ? *)`, in UTC; throws AWS's ValidationException. */
export function parseSchedule(expression: string): Schedule {
	const [, kind, argument = ''] = /^(rate|cron)\(([^()]*)\)$/.exec(expression) ?? [];
	const next = kind === 'rate' ? parseRate(argument) : kind === 'cron' ? parseCron(argument) : undefined;
	if (next !== undefined) return { next };
	throw new AwsError('ValidationException', `Parameter ScheduleExpression is not valid: ${expression}`);
}

/** AWS insists on `1 minute` and `2 minutes`. */
function parseRate(rate: string): Schedule['next'] | undefined {
	const [, digits, unit = '', plural] = /^([1-9]\d*) (minute|hour|day)(s?)$/.exec(rate) ?? [];
	const unitMs = UNIT_MS[unit];
	if (unitMs === undefined || (digits === '1') !== (plural === '')) return undefined;
	const periodMs = Number(digits) * unitMs;
	return (afterMs) => afterMs + periodMs;
}
