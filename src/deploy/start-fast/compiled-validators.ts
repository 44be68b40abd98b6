import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Plugin } from 'esbuild';
import * as Type from 'typebox';
import { parseJson } from '../../parse.ts';

const COMPILER = dirname(createRequire(import.meta.url).resolve('@fastify/ajv-compiler'));

/** The code of what is compiled: of a route's part by its name, of a check by the `$id` of its schema. */
const Compiled = Type.Object({
	validators: Type.Record(Type.String(), Type.String()),
	checks: Type.Record(Type.String(), Type.String()),
});

type Compiled = Type.Static<typeof Compiled>;

/** Puts what is compiled now in the place of its compiler. */
export const compiledValidators: Plugin = {
	name: 'compiled-validators',
	setup(build) {
		const compiled = compile();
		build.onLoad({ filter: /\/src\/http\/built-validators\.ts$/ }, async () => ({
			contents: validatorsModule((await compiled).validators),
			resolveDir: COMPILER,
		}));
		build.onLoad({ filter: /\/src\/built-checks\.ts$/ }, async () => ({
			contents: checksModule((await compiled).checks),
			resolveDir: COMPILER,
		}));
		for (const kind of ['validators', 'checks'] as const) {
			build.onResolve({ filter: new RegExp(`^${kind}:`) }, ({ path }) => ({
				path: path.slice(kind.length + 1),
				namespace: kind,
			}));
			build.onLoad({ filter: /.*/, namespace: kind }, async ({ path }) => ({
				contents: (await compiled)[kind][path] ?? '',
				resolveDir: COMPILER,
			}));
		}
	},
};

function checksModule(checks: Compiled['checks']): string {
	const members = Object.keys(checks).map((id) => `get '${id}'() { return require('checks:${id}'); }`);
	return `export const BUILT_CHECKS = { ${members.join(', ')} };`;
}

/** The module that finds the validator of a route's part, a HEAD's by its GET; a part without one is a fault of the build. */
function validatorsModule(validators: Compiled['validators']): string {
	const loaders = Object.keys(validators).map(
		(part) => `${JSON.stringify(part)}: () => require(${JSON.stringify(`validators:${part}`)})`,
	);
	return `
		const VALIDATORS = { ${loaders.join(',\n')} };
		export const buildValidator = () => ({ method, url, httpPart }) => {
			const part = \`\${method === 'HEAD' ? 'GET' : method} \${url} \${httpPart}\`;
			const load = VALIDATORS[part];
			if (load === undefined) throw new Error(\`The build has made no validator for \${part}.\`);
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

async function compile(): Promise<Compiled> {
	const program = resolve(import.meta.dirname, 'compile-validators.ts');
	const { stdout } = await promisify(execFile)(process.execPath, [program], { maxBuffer: 2 ** 26 });
	return parseJson(Compiled, stdout, 'compiled validators');
}
