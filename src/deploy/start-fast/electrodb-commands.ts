import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

const ELECTRODB = dirname(createRequire(import.meta.url).resolve('electrodb'));

/**
 * Gives ElectroDB the SDK's commands that it sends, and no more. It asks for two whole packages by `require`: esbuild can
 * leave nothing out of a module that is required, and must wrap every module that it shares with others.
 */
export const electrodbCommands: Plugin = {
	name: 'electrodb-commands',
	setup(build) {
		build.onResolve({ filter: /^electrodb$/ }, () => ({ path: 'entry', namespace: 'electrodb' }));
		build.onResolve({ filter: /^@aws-sdk\/(lib|util)-dynamodb$/ }, ({ importer }) =>
			importer.startsWith(ELECTRODB) ? { path: 'sdk', namespace: 'electrodb' } : undefined,
		);
		build.onResolve({ filter: /^sdk$/, namespace: 'electrodb' }, () => ({
			path: 'sdk',
			namespace: 'electrodb',
		}));
		build.onLoad({ filter: /^sdk$/, namespace: 'electrodb' }, () => ({ contents: 'module.exports = {};' }));
		build.onLoad({ filter: /^entry$/, namespace: 'electrodb' }, () => ({
			contents: `
				import { ${commandsSent().join(', ')} } from '@aws-sdk/lib-dynamodb';
				import { unmarshall } from '@aws-sdk/util-dynamodb';
				import { createConversions } from './src/conversions.js';
				import { Entity } from './src/entity.js';
				import sdk from 'sdk';
				Object.assign(sdk, { ${commandsSent().join(', ')}, unmarshall });
				export { createConversions, Entity };`,
			resolveDir: ELECTRODB,
		}));
	},
};

/** The commands that ElectroDB's client names, whatever its version. */
function commandsSent(): readonly string[] {
	const client = readFileSync(resolve(ELECTRODB, 'src/client.js'), 'utf8');
	return [...new Set(client.match(/(?<=\blib\.)\w+Command\b/g))];
}
