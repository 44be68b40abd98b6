import type { Lambda } from './lambda.ts';

/** Number of invocations of a function and their total duration in milliseconds. */
export interface Invocations {
	readonly count: number;
	readonly ms: number;
}

/** The invocations of a function so far. */
export interface FunctionActivity {
	readonly function_name: string;
	readonly invocations: number;
	/** Invocations that ended with an error. */
	readonly errors: number;
	readonly last_invoked_at: string;
}

interface Metered extends Invocations {
	readonly errors: number;
	readonly lastInvokedAtMs: number;
}

/** A function is invoked by its name, its ARN, or an alias of it. */
const nameOf = (name: string) => /(?:function:)?([^:]+)(?::[^:]+)?$/.exec(name)?.[1] ?? name;

/** Counts invocations, their errors and their duration. */
export function createMeteredLambda<MeteredLambda extends Pick<Lambda, 'invoke'>>(
	lambda: MeteredLambda,
	now: () => number,
) {
	const metered = new Map<string, Metered>();
	return {
		invocations: (): Readonly<Record<string, Invocations>> =>
			Object.fromEntries([...metered].map(([name, { count, ms }]) => [name, { count, ms }])),
		functions: (): readonly FunctionActivity[] =>
			[...metered].map(([name, { count, errors, lastInvokedAtMs }]) => ({
				function_name: name,
				invocations: count,
				errors,
				last_invoked_at: new Date(lastInvokedAtMs).toISOString(),
			})),
		lambda: {
			...lambda,
			async invoke(...[name, ...rest]: Parameters<Lambda['invoke']>) {
				const begunAtMs = performance.now();
				const lastInvokedAtMs = now();
				const result = await lambda.invoke(name, ...rest);
				const { count, ms, errors } = metered.get(nameOf(name)) ?? { count: 0, ms: 0, errors: 0 };
				metered.set(nameOf(name), {
					count: count + 1,
					ms: ms + performance.now() - begunAtMs,
					errors: errors + (result.ok ? 0 : 1),
					lastInvokedAtMs,
				});
				return result;
			},
		},
	};
}
