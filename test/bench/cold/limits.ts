import type { Life } from './sandbox.ts';

export type Measure = Exclude<keyof Life, 'answers' | 'coldWallUs'>;

export const MEASURES: Readonly<Record<Measure, string>> = {
	coldCpuUs: 'cold start',
	earlyCpuUs: 'POSTs 3-52',
	postCpuUs: 'warm POST',
	getCpuUs: 'warm GET',
	rssMb: 'memory',
};

/** The most that each of task-api's figures may be of another contestant's. */
export const LIMITS: readonly { readonly of: string; readonly measure: Measure; readonly ratio: number }[] = [
	{ of: 'bare', measure: 'coldCpuUs', ratio: 1 },
	{ of: 'hono', measure: 'coldCpuUs', ratio: 0.65 },
	{ of: 'bare', measure: 'postCpuUs', ratio: 1.1 },
	{ of: 'bare', measure: 'getCpuUs', ratio: 1.15 },
	{ of: 'bare', measure: 'earlyCpuUs', ratio: 1.3 },
	{ of: 'bare', measure: 'rssMb', ratio: 1.1 },
];
