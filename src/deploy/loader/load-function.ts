import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/** What a function's bundle exports. */
export interface LoadedFunction {
	readonly handler: (event: unknown, context: unknown) => Promise<unknown>;
	/** Resolves once the first event may come; absent where that is at once. */
	readonly ready?: Promise<unknown>;
}

/** What the build puts around a bundle, so that its file is the source that is compiled, without a copy of it. */
export const WRAPPER = {
	banner: '(function (exports, require, module, __filename, __dirname) {',
	footer: '})',
} as const;

/** Where the code cache of a bundle is kept. */
export function codeCacheOf(file: string): string {
	return `${file}.cache`;
}

/**
 * Compiles a function's bundle, from its code cache where V8 takes that: a cache made by another V8 is refused,
 * and the bundle compiled as without one.
 */
export function compileFunction(file: string, cachedData: Buffer | undefined) {
	takeBackFlagOfLambda();
	const script = new Script(readFileSync(file, 'utf8'), {
		filename: file,
		...(cachedData === undefined ? {} : { cachedData }),
	});
	return {
		isCacheRejected: script.cachedDataRejected === true,
		/** What V8 has compiled by now. */
		createCache: () => script.createCachedData(),
		run: (): LoadedFunction => {
			const module: { exports: LoadedFunction } = { exports: { handler: async () => undefined } };
			script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
			return module.exports;
		},
	};
}

/**
 * V8 takes a code cache under the flags that it was made with and no others, and Lambda starts Node with `--expose-gc`.
 * Taken back, both this bundle's cache and the one that Node has for its own modules count.
 */
function takeBackFlagOfLambda(): void {
	if (globalThis.gc !== undefined) process.getBuiltinModule('node:v8').setFlagsFromString('--no-expose-gc');
}

export function readCodeCache(file: string): Buffer | undefined {
	try {
		return readFileSync(codeCacheOf(file));
	} catch {
		return undefined;
	}
}
