import { createRequire } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Packages that nothing needs in Lambda: the compilers of what is compiled, Fastify's logger and its injection, and the
 * ways to credentials that are not in the environment. What should need one all the same says so at once.
 */
const NEEDLESS =
	/^(@fastify\/ajv-compiler|@fastify\/fast-json-stringify-compiler|pino|light-my-request|@aws-sdk\/credential-provider-(ini|sso|process|web-identity|login|http)(\/.*)?|@smithy\/credential-provider-imds)$/;

const { defaultInitOptions: fastifyDefaults } = createRequire(import.meta.url)(
	'fastify/lib/config-validator.js',
);

/** What is loaded along with others and seldom used, if ever, and what stands in its place. */
const UNUSED: readonly { readonly path: RegExp; readonly contents: string }[] = [
	{
		// ElectroDB checks the models of its entities by it at each start. The tests have checked them: they run the sources.
		path: /^jsonschema$/,
		contents: `exports.Validator = class { addSchema() {} validate() { return { errors: [] }; } };
			exports.Validator.prototype.customFormats = {};`,
	},
	{
		// Fastify checks its options by it at each start, which the tests have done: they run the sources. It fills in defaults too.
		path: /^\.\/config-validator$/,
		contents: `const defaults = ${JSON.stringify(fastifyDefaults)};
			module.exports = (options) => {
				for (const name of Object.keys(defaults)) options[name] ??= defaults[name];
				return true;
			};
			module.exports.defaultInitOptions = defaults;`,
	},
	{
		// Fastify's router checks its own regular expressions by it at each start. Our routes have none.
		path: /^safe-regex2$/,
		contents: `module.exports = () => true;`,
	},
	{
		// By these its router compiles its routes, where it is told to, and prints them. Neither is done.
		path: /^\.\/lib\/(compiler|pretty-print)$/,
		contents: ['compileTree', 'prettyPrintTree']
			.map((name) => `exports.${name} = ${refusalOf(name)};`)
			.join(''),
	},
	{
		// Fastify compares versions by it for plugins that name one; ours do not.
		path: /^semver$/,
		contents: ['gt', 'coerce', 'satisfies']
			.map((name) => `exports.${name} = ${refusalOf('semver')};`)
			.join(''),
	},
	{
		// Fastify finds a client's address by it behind proxies that are trusted; API Gateway tells it.
		path: /^@fastify\/proxy-addr$/,
		contents: `module.exports = ${refusalOf('@fastify/proxy-addr')}; module.exports.compile = module.exports;`,
	},
	{
		// TypeBox's formats of host names, with tables of Unicode. None of our schemas has one.
		path: /^\.\/idna\/index\.mjs$/,
		contents: ['IsHostname', 'IsIdnHostname']
			.map((name) => `export const ${name} = ${refusalOf('the format of host names')};`)
			.join(''),
	},
	{
		// What Node compares and prints values with, for the message of an assertion that fails.
		path: /^node:assert$/,
		contents: `
			module.exports = (holds, message) => { if (!holds) require('node:assert')(holds, message); };
			${gettersOf('node:assert')}`,
	},
	{
		// Of Fastify's server, which does not listen.
		path: /^node:dns$/,
		contents: gettersOf('node:dns'),
	},
	{
		// Of the SDK's HTTP client for services that stream.
		path: /^(node:)?http2$/,
		contents: gettersOf('node:http2'),
	},
];

/** Leaves out of the bundles what only costs their start. */
export const standIns: Plugin = {
	name: 'stand-ins',
	setup(build) {
		build.onResolve({ filter: NEEDLESS }, ({ path }) => ({ path, namespace: 'needless' }));
		build.onLoad({ filter: /.*/, namespace: 'needless' }, ({ path }) => ({
			contents: `(${refusalOf(path)})();`,
		}));
		for (const [index, { path: filter, contents }] of UNUSED.entries()) {
			const namespace = `unused-${index}`;
			build.onResolve({ filter }, ({ path, namespace: asking }) =>
				asking === namespace ? { path, external: true } : { path, namespace },
			);
			build.onLoad({ filter: /.*/, namespace }, () => ({ contents }));
		}
	},
};

function refusalOf(what: string): string {
	return `() => { throw new Error(${JSON.stringify(`${what}: not in this bundle, see src/deploy/start-fast.`)}); }`;
}

/** Gives the members of a module of Node's, which is loaded when one of them is read. */
function gettersOf(module: string): string {
	const names = Object.keys(createRequire(import.meta.url)(module));
	return `for (const name of ${JSON.stringify(names)})
		Object.defineProperty(module.exports, name, { enumerable: true, get: () => require('${module}')[name] });`;
}
