import type { Plugin } from 'esbuild';

const PACKAGE = '/node_modules/typebox/';

/**
 * Leaves out of the bundles what they do not use of TypeBox. Its package does not say that its modules do nothing but
 * export, and without that esbuild keeps each one that is imported from anywhere.
 */
export const typeboxParts: Plugin = {
	name: 'typebox-parts',
	setup(build) {
		build.onResolve({ filter: /^(typebox|\.)/ }, async ({ path, pluginData, ...from }) => {
			const isOfTypebox = path.startsWith('typebox') || from.importer.includes(PACKAGE);
			if (!isOfTypebox || pluginData === PACKAGE) return undefined;
			return { ...(await build.resolve(path, { ...from, pluginData: PACKAGE })), sideEffects: false };
		});
	},
};
