import type { Life } from './sandbox.ts';

export type Measure = Exclude<keyof Life, 'answers' | 'coldWallUs'>;

/** What is told of each: its title, and by how much a figure is divided for its unit. */
export const MEASURES: Readonly<
	Record<Measure, { readonly title: string; readonly unit: string; readonly per: number }>
> = {
	coldCpuUs: { title: 'cold start', unit: 'ms', per: 1000 },
	earlyCpuUs: { title: 'POSTs 3-52', unit: 'us', per: 1 },
	postCpuUs: { title: 'warm POST', unit: 'us', per: 1 },
	getCpuUs: { title: 'warm GET', unit: 'us', per: 1 },
	rssMb: { title: 'memory', unit: 'MB', per: 1 },
};

export const MEASURE_NAMES = [
	'coldCpuUs',
	'earlyCpuUs',
	'postCpuUs',
	'getCpuUs',
	'rssMb',
] as const satisfies Measure[];

/** The most that each of task-api's figures may be of another contestant's. */
export const LIMITS: readonly { readonly of: string; readonly measure: Measure; readonly ratio: number }[] = [
	{ of: 'bare', measure: 'coldCpuUs', ratio: 1 },
	{ of: 'hono', measure: 'coldCpuUs', ratio: 0.65 },
	{ of: 'bare', measure: 'postCpuUs', ratio: 1.1 },
	{ of: 'bare', measure: 'getCpuUs', ratio: 1.15 },
	{ of: 'bare', measure: 'earlyCpuUs', ratio: 1.3 },
	{ of: 'bare', measure: 'rssMb', ratio: 1.1 },
];
