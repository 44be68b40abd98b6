import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { type Test, test } from 'tap';
import * as Type from 'typebox';
import { parseJson } from '../../src/parse.ts';
import { startHttpReceiver } from '../support/http-receiver.ts';
import { taskBody } from './receive-client.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const PACKAGE = join(PROJECT, 'src/client');
const run = promisify(execFile);

/** Runs a program without the hooks that tap loads into child processes: the compiler does not start with them. */
const runPlain = (cwd: string, ...commandLine: string[]) =>
	run('env', ['-u', 'NODE_OPTIONS', ...commandLine], {
		cwd,
		env: { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) },
	});

test('the committed types match the OpenAPI document', async (t) => {
	const { stdout } = await runPlain(PACKAGE, 'npm', 'run', '--silent', 'print-types');
	t.equal(stdout, await readFile(join(PACKAGE, 'api-types.ts'), 'utf8'), 'run `npm run openapi`');
});

test('the client bundles for a browser without anything of Node', async (t) => {
	const { outputFiles, metafile } = await build({
		entryPoints: [join(PACKAGE, 'index.ts')],
		bundle: true,
		write: false,
		metafile: true,
		platform: 'browser',
		format: 'esm',
		minify: true,
	});
	const inputs = Object.values(metafile.inputs).flatMap(({ imports }) => imports);
	t.ok(inputs.length > 0);
	t.strictSame(
		inputs.filter(({ external }) => external === true),
		[],
	);
	const [bundle] = outputFiles;
	t.notMatch(bundle?.text, /node:|\bprocess\b|\brequire\(/);
	t.ok((bundle?.contents.byteLength ?? 0) < 10_000, `${bundle?.contents.byteLength} bytes minified`);
});

/** Installs the packed tarball into an empty project. */
async function installTarball(t: Test): Promise<string> {
	const folder = t.testdir({ 'package.json': '{"type":"module"}' });
	const pack = ['npm', 'pack', '--workspace', 'task-api-client', '--json', '--pack-destination', folder];
	const { stdout } = await runPlain(PROJECT, ...pack);
	const [packed] = parseJson(Type.Array(Type.Object({ filename: Type.String() })), stdout, 'npm pack');
	const tarball = join(folder, packed?.filename ?? '');
	await runPlain(folder, 'npm', 'install', '--offline', '--no-audit', '--no-fund', tarball);
	return folder;
}

/** The example of the README, with the parts that a reader adds. */
async function readmeExample(): Promise<string> {
	const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8');
	const [, example = ''] = /```js\n([^]*?)```/.exec(readme) ?? [];
	return `declare const process: { readonly argv: readonly string[] };
const getAccessToken = async (): Promise<string> => 'token-1';
const show = (progress: { percent: number } | undefined) => console.log(progress?.percent);
${example.replace("'https://tasks.example.com'", "process.argv[2] ?? ''")}`;
}

const TYPES = `import { createClient, TaskApiError, type ResultOf, type TaskClient } from 'task-api-client';
const client: TaskClient = createClient({ baseUrl: '' });
export async function use(type: string, data: unknown): Promise<void> {
	const order = await client.create({ type: 'order', data: { order_id: 'A-1', items: [{ sku: 'MUG', quantity: 1 }] } });
	const { result } = await client.wait(order);
	const typed: ResultOf<'order'> | undefined = result;
	// @ts-expect-error: an order has no name.
	await client.create({ type: 'order', data: { name: 'Ada' } });
	// @ts-expect-error: the type is misspelt.
	await client.create({ type: 'greetin', data: { name: 'Ada' } });
	// @ts-expect-error: an unknown member.
	await client.create({ type: 'greeting', data: { name: 'Ada', nmae: 'Ada' } });
	// @ts-expect-error: an unknown status.
	for await (const task of client.list({ status: 'DONE' })) console.log(task.task_id, typed);
	const any = await client.wait(await client.create({ type, data }));
	if (any.type === 'greeting') console.log(any.result?.message);
	await client.get('x').catch((error: unknown) => error instanceof TaskApiError && error.requestId);
}
`;

/** Compiler options of a browser project and of a Node project without type definitions of Node. */
const COMPILERS = {
	node: ['--module', 'nodenext', '--lib', 'es2023,dom', '--types', ''],
	bundler: ['--module', 'preserve', '--moduleResolution', 'bundler', '--lib', 'es2023,dom'],
};

test('the tarball is typed in an empty project and runs in Node', async (t) => {
	const folder = await installTarball(t);
	const installed = join(folder, 'node_modules/task-api-client');
	const files = await readdir(installed, { recursive: true });
	t.ok(files.includes('README.md'));
	t.strictSame(
		files.filter((file) => /(?<!\.d)\.ts$/.test(file)),
		[],
		'compiled JavaScript only',
	);
	const manifest = await readFile(join(installed, 'package.json'), 'utf8');
	t.notOk('dependencies' in JSON.parse(manifest));
	t.strictSame(await readdir(join(folder, 'node_modules')), ['.package-lock.json', 'task-api-client']);

	await mkdir(join(folder, 'app'));
	await writeFile(join(folder, 'app/example.ts'), await readmeExample());
	await writeFile(join(folder, 'app/types.ts'), TYPES);
	for (const [name, options] of Object.entries(COMPILERS)) {
		const compiler = [join(PROJECT, 'node_modules/typescript/bin/tsc'), '--strict', '--ignoreConfig'];
		const common = ['--target', 'es2022', '--outDir', name, 'app/example.ts', 'app/types.ts'];
		const compiling = runPlain(folder, process.execPath, ...compiler, ...options, ...common);
		await t.resolves(compiling, name);
	}

	const receiver = await startHttpReceiver(t, (response, number) => {
		const headers = { 'content-type': 'application/json', 'retry-after': '1' };
		if (number === 0) response.writeHead(202, headers).end(JSON.stringify(taskBody()));
		const finished = taskBody({ status: 'SUCCEEDED', result: { message: 'Hello Ada' } });
		if (number === 1) response.writeHead(200, headers).end(JSON.stringify(finished));
	});
	const { stdout } = await runPlain(folder, process.execPath, 'node/example.js', receiver.url);
	t.equal(stdout, 'undefined\nundefined\nSUCCEEDED Hello Ada\n');
	t.match(receiver.requests, [
		{ headers: { authorization: 'Bearer token-1', 'idempotency-key': /^"[0-9a-f]{32}"$/ } },
		{ headers: { authorization: 'Bearer token-1' } },
	]);
});

test('the README lists every method and every error code', async (t) => {
	const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8');
	const client = await readFile(join(PACKAGE, 'client.ts'), 'utf8');
	const [, members = ''] = /export interface TaskClient [^{]*\{\n([^]*?)\n\}\n/.exec(client) ?? [];
	const methods = [...members.matchAll(/^\t(?:readonly )?(\w+)[<(:]/gm)].map(([, name = '']) => name);
	t.ok(methods.length > 10);
	for (const method of [...methods, 'answerCallback', 'getCallback'])
		t.ok(readme.includes(`| \`${method}(`), method);
	for (const code of ['network', 'wait-timeout', 'unexpected-response'])
		t.ok(readme.includes(`\`${code}\``), code);
});
