import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Plugin } from 'esbuild';
import { Type } from 'typebox';
import { parseJson } from '../../parse.ts';

const COMPILER = dirname(createRequire(import.meta.url).resolve('@fastify/ajv-compiler'));

/** Puts the validators that are compiled now in the place of their compiler. */
export const compiledValidators: Plugin = {
	name: 'compiled-validators',
	setup(build) {
		const validators = compileValidators();
		build.onLoad({ filter: /\/src\/http\/built-validators\.ts$/ }, async () => ({
			contents: moduleOf(await validators),
			resolveDir: COMPILER,
		}));
		build.onResolve({ filter: /^validator:/ }, ({ path }) => ({ path, namespace: 'validator' }));
		build.onLoad({ filter: /.*/, namespace: 'validator' }, async ({ path }) => ({
			contents: (await validators)[path.slice('validator:'.length)] ?? '',
			resolveDir: COMPILER,
		}));
	},
};

/**
 * The module that finds the validator of a route's part; a part without one is a fault of the build. Parts with the same
 * code, such as those of a GET and of its HEAD, share it.
 */
function moduleOf(validators: Readonly<Record<string, string>>): string {
	const partsByCode = new Map<string, string>();
	const loaders = Object.entries(validators).map(([part, code]) => {
		if (!partsByCode.has(code)) partsByCode.set(code, part);
		return `${JSON.stringify(part)}: () => require(${JSON.stringify(`validator:${partsByCode.get(code)}`)})`;
	});
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
