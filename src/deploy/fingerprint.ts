import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { build } from 'esbuild';

const PROJECT = resolve(import.meta.dirname, '../..');

/** The inputs of a build step. Patterns are relative to the project. */
export interface Inputs {
	/** Programs that count with every module of the project that they import. */
	readonly programs: readonly string[];
	readonly files: readonly string[];
	readonly values?: readonly string[];
}

/** Modules that the build fills with the output of another program. */
const GENERATED_BY: Readonly<Record<string, string>> = {
	'src/http/built-validators.ts': 'src/deploy/compiled-validators/compile-validators.ts',
};

/** The lockfile stands for all of `node_modules`. */
const EVERY_STEP = ['package.json', 'package-lock.json'];

/**
 * Returns a hash of the content of all inputs, by which a step is skipped if none has changed.
 * @throws with esbuild's message if a program has a syntax error or imports a missing file.
 */
export async function fingerprintOf(inputs: Inputs): Promise<string> {
	const { all = '' } = await fingerprintsOf({ all: inputs });
	return all;
}

/** Returns the fingerprint of each step. @throws like {@link fingerprintOf} */
export async function fingerprintsOf<Step extends string>(
	steps: Readonly<Record<Step, Inputs>>,
): Promise<Record<string, string>> {
	const inputs = Object.entries<Inputs>(steps).map(([name, step]) => ({
		name,
		programs: globSync(step.programs, { cwd: PROJECT }),
		files: globSync([...EVERY_STEP, ...step.files], { cwd: PROJECT }),
		values: step.values ?? [],
	}));
	const modulesOf = await readImports([...new Set(inputs.flatMap(({ programs }) => programs))]);
	const hashes = new Map<string, Promise<string>>();
	const hashOf = (file: string) => {
		const known = hashes.get(file) ?? readFile(resolve(PROJECT, file)).then(sha256);
		hashes.set(file, known);
		return known;
	};
	return Object.fromEntries(
		await Promise.all(
			inputs.map(async ({ name, programs, files, values }) => {
				const all = [...new Set([...modulesOf(programs), ...files])].toSorted();
				const contents = await Promise.all(all.map(async (file) => `${file} ${await hashOf(file)}`));
				return [name, sha256(JSON.stringify([values, contents]))] as const;
			}),
		),
	);
}

function sha256(content: string | Buffer): string {
	return createHash('sha256').update(content).digest('hex');
}

/** Returns a function that returns programs with all modules of the project that they import. */
async function readImports(
	programs: readonly string[],
): Promise<(programs: readonly string[]) => ReadonlySet<string>> {
	const { metafile } = await build({
		absWorkingDir: PROJECT,
		entryPoints: [...new Set([...programs, ...Object.values(GENERATED_BY)])],
		outdir: '.cache',
		bundle: true,
		format: 'esm',
		platform: 'node',
		packages: 'external',
		metafile: true,
		write: false,
		logLevel: 'silent',
	});
	return (entries) => {
		const reached = new Set<string>();
		const visit = (file: string) => {
			if (reached.has(file) || metafile.inputs[file] === undefined) return;
			reached.add(file);
			for (const { path } of metafile.inputs[file].imports) visit(path);
			const generator = GENERATED_BY[file];
			if (generator !== undefined) visit(generator);
		};
		entries.forEach(visit);
		return reached;
	};
}
