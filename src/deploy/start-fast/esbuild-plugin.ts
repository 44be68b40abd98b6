import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Plugin } from 'esbuild';
import { Type } from 'typebox';
import { parseJson } from '../../parse.ts';

/**
 * Packages that nothing needs in Lambda: the compilers of what is compiled, Fastify's logger and its injection, and the
 * ways to credentials that are not in the environment. What should need one all the same says so at once.
 */
const NEEDLESS =
	/^(@fastify\/ajv-compiler|@fastify\/fast-json-stringify-compiler|pino|light-my-request|@aws-sdk\/credential-provider-(ini|sso|process|web-identity|login|http)(\/.*)?|@smithy\/credential-provider-imds)$/;

const COMPILER = dirname(createRequire(import.meta.url).resolve('@fastify/ajv-compiler'));

/** Puts the validators that are compiled now in the place of their compiler. */
export const startFast: Plugin = {
	name: 'start-fast',
	setup(build) {
		const validators = compileValidators();
		build.onLoad({ filter: /\/src\/http\/built-validators\.ts$/ }, async () => ({
			contents: moduleOf(Object.keys(await validators)),
			resolveDir: COMPILER,
		}));
		build.onResolve({ filter: /^validator:/ }, ({ path }) => ({ path, namespace: 'validator' }));
		build.onLoad({ filter: /.*/, namespace: 'validator' }, async ({ path }) => ({
			contents: (await validators)[path.slice('validator:'.length)] ?? '',
			resolveDir: COMPILER,
		}));
		build.onResolve({ filter: NEEDLESS }, ({ path }) => ({ path, namespace: 'needless' }));
		build.onLoad({ filter: /.*/, namespace: 'needless' }, ({ path }) => ({
			contents: `throw new Error('${path} is not in this bundle: see src/deploy/start-fast.');`,
		}));
	},
};

/** The module that finds the validator of a route's part; a part without one is a fault of the build. */
function moduleOf(parts: readonly string[]): string {
	const loaders = parts.map(
		(part) => `${JSON.stringify(part)}: () => require(${JSON.stringify(`validator:${part}`)})`,
	);
	return `
		const VALIDATORS = { ${loaders.join(',\n')} };
		export const buildValidator = () => ({ method, url, httpPart }) => {
			const load = VALIDATORS[\`\${method} \${url} \${httpPart}\`];
			if (load === undefined) throw new Error(\`The build has made no validator for \${method} \${url} \${httpPart}.\`);
			let validate;
			const validateLazily = (value) => {
				validate ??= load();
				const isValid = validate(value);
				validateLazily.errors = validate.errors;
				return isValid;
			};
			return validateLazily;
		};`;
}

async function compileValidators(): Promise<Record<string, string>> {
	const program = resolve(import.meta.dirname, 'compile-validators.ts');
	const { stdout } = await promisify(execFile)(process.execPath, [program], { maxBuffer: 2 ** 26 });
	return parseJson(Type.Record(Type.String(), Type.String()), stdout, 'compiled validators');
}
