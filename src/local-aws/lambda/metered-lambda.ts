import type { Lambda } from './lambda.ts';

/** Number of invocations of a function and their total duration in milliseconds. */
export interface Invocations {
	readonly count: number;
	readonly ms: number;
}

/** A function is invoked by its name, its ARN, or an alias of it. */
const nameOf = (name: string) => /(?:function:)?([^:]+)(?::[^:]+)?$/.exec(name)?.[1] ?? name;

/** Counts invocations and their duration. */
export function createMeteredLambda<Metered extends Pick<Lambda, 'invoke'>>(lambda: Metered) {
	const metered = new Map<string, Invocations>();
	return {
		invocations: (): Readonly<Record<string, Invocations>> => Object.fromEntries(metered),
		lambda: {
			...lambda,
			async invoke(...[name, ...rest]: Parameters<Lambda['invoke']>) {
				const begunAtMs = performance.now();
				const result = await lambda.invoke(name, ...rest);
				const { count, ms } = metered.get(nameOf(name)) ?? { count: 0, ms: 0 };
				metered.set(nameOf(name), { count: count + 1, ms: ms + performance.now() - begunAtMs });
				return result;
			},
		},
	};
}
