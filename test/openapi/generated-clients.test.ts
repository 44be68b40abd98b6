import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { type Test, test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { createSystemClock } from '../../src/local-aws/index.ts';
import { pollUntil } from '../support/poll.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import type { ExercisedClient } from './generators/exercised-client.ts';

const run = promisify(execFile);
const PROJECT = resolve(import.meta.dirname, '../..');
const SOURCES = resolve(import.meta.dirname, 'generators');
const FOLDER = join(PROJECT, '.cache/generators');
const DOCUMENT = join(PROJECT, 'openapi/openapi.json');

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

async function startStack(t: Test): Promise<string> {
	const { log } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth: 'none' }, { log, clock: createSystemClock() });
	t.teardown(() => stack.close());
	return stack.url;
}

/** Generates the clients, one process each. */
async function generateClients(): Promise<void> {
	await rm(join(FOLDER, 'generated'), { recursive: true, force: true });
	const env = { ...process.env, OPENAPI_DOCUMENT: DOCUMENT };
	await Promise.all(
		Object.values(GENERATORS).map(([bin, ...rest]) =>
			run(process.execPath, [join(FOLDER, 'node_modules', bin), ...rest], { cwd: FOLDER, env }),
		),
	);
}

/** Compiles the generated clients and their callers; a type error rejects with the compiler's output. */
async function checkTypes(): Promise<void> {
	const compiler = join(PROJECT, 'node_modules/typescript/lib/tsc.js');
	await run(process.execPath, [compiler, '-p', FOLDER]).catch(({ stdout, stderr }) => {
		throw new Error(`The generated clients do not compile:\n${stdout}${stderr}`);
	});
}

async function bundleClients(apiUrl: string): Promise<void> {
	await build({
		absWorkingDir: FOLDER,
		entryPoints: Object.keys(GENERATORS).map((name) => `${name}.ts`),
		outdir: 'compiled',
		bundle: true,
		platform: 'node',
		format: 'esm',
		outExtension: { '.js': '.mjs' },
		define: { 'process.env.API_URL': JSON.stringify(apiUrl) },
	});
}

test('generated clients compile, await a task, create a batch, and list tasks', async (t) => {
	await installGenerators((line) => t.comment(line));
	const [url] = await Promise.all([startStack(t), generateClients()]);
	await Promise.all([checkTypes(), bundleClients(url)]);

	for (const name of Object.keys(GENERATORS)) {
		const compiled = pathToFileURL(join(FOLDER, 'compiled', `${name}.mjs`)).href;
		const { exercised: client }: { exercised: ExercisedClient } = await import(compiled);
		const created = (await client.create('Ada')) ?? '';
		const [batched = ''] = await client.createBatch('Bob');
		for (const [taskId, person] of [
			[created, 'Ada'],
			[batched, 'Bob'],
		]) {
			const message = await pollUntil(`task ${taskId}`, () => client.message(taskId ?? ''));
			t.equal(message, `Hello ${person}`, `${name}: result of ${person}'s greeting`);
		}
		const listed = await client.list();
		t.ok(listed.includes(created) && listed.includes(batched), `${name}: list contains both tasks`);
	}
});
