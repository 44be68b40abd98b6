import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Metafile, Plugin } from 'esbuild';

/**
 * Makes each module that is imported when it is needed a file of its own, beside the bundles that ask for it. In the
 * same file it would share modules with the bundle, and esbuild wraps what is shared in functions that each start calls.
 */
export function createLazyModules() {
	const sources = new Map<string, string>();
	const plugin: Plugin = {
		name: 'lazy-modules',
		setup(build) {
			build.onResolve({ filter: /^\..*\.ts$/ }, ({ kind, path, resolveDir }) => {
				if (kind !== 'dynamic-import') return undefined;
				const file = `./${basename(path, '.ts')}.cjs`;
				sources.set(file, resolve(resolveDir, path));
				return { path: file, external: true };
			});
		},
	};
	return {
		plugin,
		/** What the bundles of this metafile import so: a source for each file beside them. */
		entryPointsFor({ outputs }: Metafile, outdir: string): Record<string, string> {
			const entryPoints: Record<string, string> = {};
			for (const [output, { imports }] of Object.entries(outputs))
				for (const { path } of imports) {
					const source = sources.get(path);
					if (source === undefined) continue;
					entryPoints[relative(outdir, join(dirname(output), path)).replace(/\.cjs$/, '')] = source;
				}
			return entryPoints;
		},
	};
}
