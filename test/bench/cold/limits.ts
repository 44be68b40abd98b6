import type { Life } from './sandbox.ts';

/** The functions of which only the start is measured: queues feed them, and they carry no Fastify. */
export const QUEUE_FUNCTIONS = ['starter', 'listener'] as const;

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

/** The most that a figure of ours may be of another contestant's. */
export const LIMITS: readonly Limit[] = [
	apiLimit('coldCpuUs', 'bare', 1),
	apiLimit('coldCpuUs', 'hono', 0.65),
	apiLimit('postCpuUs', 'bare', 1.1),
	apiLimit('getCpuUs', 'bare', 1.15),
	apiLimit('earlyCpuUs', 'bare', 1.3),
	apiLimit('rssMb', 'bare', 1.1),
	...QUEUE_FUNCTIONS.map((what): Limit => ({ what, of: 'bare', measure: 'coldCpuUs', ratio: 0.9 })),
];
