import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const run = promisify(execFile);
const SOURCES = resolve(import.meta.dirname, 'generators');
const FOLDER = resolve(import.meta.dirname, '../../.cache/generators');
const DOCUMENT = resolve(import.meta.dirname, '../../openapi/openapi.json');

/** Command line of each generator, from its package's entry point. */
const GENERATORS = {
	'openapi-typescript': ['openapi-typescript/bin/cli.js', DOCUMENT, '-o', 'generated/openapi-typescript.ts'],
	'hey-api': [
		'@hey-api/openapi-ts/bin/run.js',
		'-i',
		DOCUMENT,
		'-o',
		'generated/hey-api',
		'-c',
		'@hey-api/client-fetch',
	],
	orval: ['orval/dist/bin/orval.mjs', '--config', 'orval.config.cjs'],
} as const;

/** Installs the generators unless the cached folder already has the versions of the lock file. */
async function installGenerators(comment: (line: string) => void): Promise<void> {
	await mkdir(FOLDER, { recursive: true });
	const lock = await readFile(join(SOURCES, 'package-lock.json'), 'utf8');
	const marker = join(FOLDER, 'installed-lock.json');
	const installed = await readFile(marker, 'utf8').catch(() => undefined);
	await cp(SOURCES, FOLDER, { recursive: true });
	if (installed === lock) return;
	comment('Installing the client generators in .cache/generators.');
	await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: FOLDER });
	await writeFile(marker, lock);
}

test('generated clients compile, create a task and a batch, and list tasks', async (t) => {
	await installGenerators((line) => t.comment(line));
	const { log } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth: 'none' }, { log, clock: createMovableClock() });
	t.teardown(() => stack.close());
	const env = { ...process.env, API_URL: stack.url, OPENAPI_DOCUMENT: DOCUMENT };
	const node = (file: string, ...rest: readonly string[]) =>
		run(process.execPath, [join(FOLDER, file), ...rest], { cwd: FOLDER, env });

	await rm(join(FOLDER, 'generated'), { recursive: true, force: true });
	for (const [name, [bin, ...rest]] of Object.entries(GENERATORS)) {
		await node(join('node_modules', bin), ...rest);
		await t.test(name, async (t) => {
			const compiler = [
				'--strict',
				'--skipLibCheck',
				'--target',
				'es2022',
				'--lib',
				'es2022,dom,dom.iterable',
			];
			const modules = ['--module', 'preserve', '--moduleResolution', 'bundler', '--types', 'node'];
			const out = ['--module', 'commonjs', '--moduleResolution', 'node10', '--outDir', `compiled/${name}`];
			await node('node_modules/typescript/bin/tsc', ...compiler, ...modules, '--noEmit', `use-${name}.ts`);
			await node('node_modules/typescript/bin/tsc', ...compiler, ...out, `use-${name}.ts`);
			await writeFile(join(FOLDER, 'compiled', name, 'package.json'), '{"type": "commonjs"}');
			const { stdout } = await node(`compiled/${name}/use-${name}.js`);
			const { created, batch, listed } = JSON.parse(stdout);
			t.type(created, 'string');
			t.equal(batch.length, 1);
			for (const taskId of [created, ...batch]) t.ok(listed.includes(taskId), taskId);
		});
	}
});
