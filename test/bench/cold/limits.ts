import type { Life } from './sandbox.ts';

/** Functions without HTTP, of which only the cold start is measured. */
export const QUEUE_FUNCTIONS = ['starter', 'listener'] as const;

/** A measured figure of a contestant. */
export type Measure = Exclude<keyof Life, 'answers' | 'coldWallUs'>;

/** The title of each measure, its unit, and the divisor that converts a figure to it. */
export const MEASURES: Readonly<
	Record<Measure, { readonly title: string; readonly unit: string; readonly per: number }>
> = {
	coldCpuUs: { title: 'cold start', unit: 'ms', per: 1000 },
	earlyCpuUs: { title: 'POSTs 3-52', unit: 'us', per: 1 },
	postCpuUs: { title: 'warm POST', unit: 'us', per: 1 },
	getCpuUs: { title: 'warm GET', unit: 'us', per: 1 },
	postWallUs: { title: 'POST, wall', unit: 'ms', per: 1000 },
	getWallUs: { title: 'GET, wall', unit: 'ms', per: 1000 },
	rssMb: { title: 'memory', unit: 'MB', per: 1 },
};

/** The measures in the order of the table. */
export const MEASURE_NAMES = [
	'coldCpuUs',
	'earlyCpuUs',
	'postCpuUs',
	'getCpuUs',
	'postWallUs',
	'getWallUs',
	'rssMb',
] as const satisfies Measure[];

/** The highest accepted ratio between a figure of ours and that of another contestant. */
interface Limit {
	readonly what: string;
	readonly of: string;
	readonly measure: Measure;
	readonly ratio: number;
}

const apiLimit = (measure: Measure, of: string, ratio: number): Limit => ({
	what: 'task-api',
	of,
	measure,
	ratio,
});

/** The limits of the benchmark. A bare handler and Hono run without a code cache, as they are usually deployed. */
export const LIMITS: readonly Limit[] = [
	apiLimit('coldCpuUs', 'bare', 1.2),
	apiLimit('coldCpuUs', 'hono', 0.75),
	apiLimit('postCpuUs', 'bare', 1.45),
	apiLimit('getCpuUs', 'bare', 1.55),
	apiLimit('earlyCpuUs', 'bare', 1.35),
	apiLimit('postWallUs', 'bare', 1.05),
	apiLimit('getWallUs', 'bare', 1.05),
	apiLimit('rssMb', 'bare', 1.1),
	...QUEUE_FUNCTIONS.map((what): Limit => ({ what, of: 'bare', measure: 'coldCpuUs', ratio: 0.9 })),
];
