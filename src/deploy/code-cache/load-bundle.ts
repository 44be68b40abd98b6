import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

// An import of `node:fs` by an ES module loads every lazy part of it for the module's namespace: 7 % of a cold start.
const fs = process.getBuiltinModule('node:fs');

/** The exports of a function's bundle. */
export interface FunctionModule {
	readonly handler: (event: unknown, context: unknown) => Promise<unknown>;
	/** Resolves when the function can take its first event. Absent if it can at once. */
	readonly ready?: Promise<unknown>;
}

/** The metric that counts sandboxes whose code cache V8 has rejected. An alarm watches it. */
export const CODE_CACHE_REJECTED_METRIC = 'CodeCacheRejected';

/**
 * Records a rejected code cache, as a log line in CloudWatch's embedded metric format. Written without Powertools, which
 * would be compiled without a cache at every cold start.
 */
export function recordRejectedCache(stage: string): void {
	const metric = {
		Namespace: 'task-api',
		Dimensions: [['stage']],
		Metrics: [{ Name: CODE_CACHE_REJECTED_METRIC, Unit: 'Count' }],
	};
	const line = {
		_aws: { Timestamp: Date.now(), CloudWatchMetrics: [metric] },
		stage,
		[CODE_CACHE_REJECTED_METRIC]: 1,
	};
	process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Text that the build puts around a bundle. It makes the file a CommonJS wrapper that `vm.Script` compiles as it is. */
export const WRAPPER = {
	banner: '(function (exports, require, module, __filename, __dirname) {',
	footer: '})',
} as const;

/** The path of a bundle's code cache. */
export function codeCachePath(bundlePath: string): string {
	return `${bundlePath}.cache`;
}

/** A bundle that V8 has compiled. */
export interface CompiledBundle {
	/** `true` if V8 was given a code cache and did not accept it. The bundle runs all the same. */
	readonly isCacheRejected: boolean;
	/** Serialises the functions that V8 has compiled so far. */
	createCache(): Buffer;
	run(): FunctionModule;
}

/**
 * Compiles a function's bundle, from its code cache if V8 accepts it. V8 rejects a cache of another version, of another
 * processor, or of other flags, and then compiles the source.
 */
export function compileBundle(bundlePath: string, cachedData: Buffer | undefined): CompiledBundle {
	const script = new Script(fs.readFileSync(bundlePath, 'utf8'), {
		filename: bundlePath,
		...(cachedData === undefined ? {} : { cachedData }),
	});
	return {
		isCacheRejected: script.cachedDataRejected === true,
		createCache: () => script.createCachedData(),
		run() {
			const module: { exports: FunctionModule } = { exports: { handler: async () => undefined } };
			const requireFromBundle = createRequire(bundlePath);
			script.runInThisContext()(module.exports, requireFromBundle, module, bundlePath, dirname(bundlePath));
			return module.exports;
		},
	};
}

/** Reads a bundle's code cache. Returns `undefined` if it is missing. */
export function readCodeCache(bundlePath: string): Buffer | undefined {
	try {
		return fs.readFileSync(codeCachePath(bundlePath));
	} catch {
		return undefined;
	}
}
