import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/**
 * Writes out the keys in the SDK's schemas that stand there as `[_hH]`, short for a constant of the file. To esbuild a
 * computed key may do anything, so that it keeps the schemas of all operations of S3 for the two that are used.
 */
export const sdkSchemas: Plugin = {
	name: 'sdk-schemas',
	setup(build) {
		build.onLoad({ filter: /@aws-sdk\/client-.*\/schemas_0\.js$/ }, async ({ path }) => {
			const text = await readFile(path, 'utf8');
			const constants = new Map(
				[...text.matchAll(/^const (_\w+) = ("[^"]*");$/gm)].map(([, name, value]) => [name, value]),
			);
			return {
				contents: text.replaceAll(/\[(_\w+)\]:/g, (key, name) =>
					constants.has(name) ? `${constants.get(name)}:` : key,
				),
			};
		});
	},
};
