import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Plugin } from 'esbuild';
import * as Type from 'typebox';
import { parseJson } from '../../parse.ts';

/** The compiled validators require Ajv's runtime and formats, which are resolved from the compiler's own folder. */
const COMPILER = dirname(createRequire(import.meta.url).resolve('@fastify/ajv-compiler'));

const Sources = Type.Record(Type.String(), Type.String());
type Sources = Type.Static<typeof Sources>;

const NAMESPACE = 'compiled-validator';

/**
 * An esbuild plugin that fills `src/http/built-validators.ts` with the validators that `program` prints as JSON.
 * The app then compiles no schema when it starts, and each validator is evaluated when it is first used.
 */
export function createValidatorsPlugin(
	program = resolve(import.meta.dirname, 'compile-validators.ts'),
): Plugin {
	return {
		name: 'compiled-validators',
		setup(build) {
			let compiled: Promise<Sources> | undefined;
			const compile = () => {
				compiled ??= runCompiler(program);
				return compiled;
			};
			build.onLoad({ filter: /\/src\/http\/built-validators\.ts$/ }, async () => ({
				contents: validatorsModule(Object.keys(await compile())),
				resolveDir: COMPILER,
			}));
			build.onResolve({ filter: new RegExp(`^${NAMESPACE}:`) }, ({ path }) => ({
				path: path.slice(NAMESPACE.length + 1),
				namespace: NAMESPACE,
			}));
			build.onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path }) => ({
				contents: (await compile())[path] ?? '',
				resolveDir: COMPILER,
			}));
		},
	};
}

/** A module that finds the validator of a route's part, for HEAD that of GET. It throws if the build has made none. */
function validatorsModule(parts: readonly string[]): string {
	const loaders = parts.map(
		(part) => `${JSON.stringify(part)}: () => require(${JSON.stringify(`${NAMESPACE}:${part}`)})`,
	);
	return `
		const VALIDATORS = { ${loaders.join(',\n')} };
		export const buildValidator = () => ({ method, url, httpPart }) => {
			const part = \`\${method === 'HEAD' ? 'GET' : method} \${url} \${httpPart}\`;
			const load = VALIDATORS[part];
			if (load === undefined) throw new Error(\`No compiled validator for \${part}: run npm run bundle.\`);
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

async function runCompiler(program: string): Promise<Sources> {
	const { stdout } = await promisify(execFile)(process.execPath, [program], { maxBuffer: 2 ** 26 });
	return parseJson(Sources, stdout, 'compiled validators');
}
