import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Test, test } from 'tap';
import * as Type from 'typebox';
import { parseJson } from '../../../src/local-aws/parse.ts';
import { pollUntil } from '../../support/poll.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');
const PACKAGE = join(PROJECT, 'src/local-aws');
const TEMPLATE = join(import.meta.dirname, 'foreign-app/template.json');
const run = promisify(execFile);

/** Runs a program without the hooks that tap loads into child processes: the compiler does not start with them. */
const runPlain = (cwd: string, ...commandLine: string[]) =>
	run('env', ['-u', 'NODE_OPTIONS', ...commandLine], {
		cwd,
		env: { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) },
	});

/** Runs the program until it prints its banner; it is stopped with the test. */
async function startCli(t: Test, commandLine: readonly string[], cwd: string) {
	const child = spawn(process.execPath, [...commandLine], { cwd });
	let output = '';
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding('utf8').on('data', (text: string) => (output += text));
	const exited = once(child, 'exit');
	t.teardown(() => child.kill('SIGKILL'));
	const urlOf = (name: string) => new RegExp(`^ +${name} +(http:\\S+)`, 'm').exec(output)?.[1];
	while (urlOf('ApiUrl') === undefined) {
		if (child.exitCode !== null) throw new Error(output);
		await Promise.race([once(child.stdout, 'data'), exited]);
	}
	return {
		child,
		exited,
		url: urlOf('HTTP API') ?? '',
		awsEndpoint: urlOf('AWS') ?? '',
		output: () => output,
	};
}

/** Posts an item and follows it through queue, state machine and table. */
async function roundTrip(url: string, id: string): Promise<string> {
	const accepted = await fetch(`${url}/items`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ id, text: 'hello' }),
	});
	if (accepted.status !== 202) throw new Error(`${accepted.status} ${await accepted.text()}`);
	return pollUntil(`item ${id}`, async () => {
		const response = await fetch(`${url}/items/${id}`);
		return response.ok ? Object(await response.json()).text : undefined;
	});
}

test('a template of the CDK runs from the command line', async (t) => {
	const { child, exited, url, awsEndpoint, output } = await startCli(
		t,
		[join(PACKAGE, 'cli.ts'), TEMPLATE],
		PROJECT,
	);
	t.equal(await roundTrip(url, 'a'), 'HELLO');
	const [, name = ''] = /InlineName +(\S+)/.exec(output()) ?? [];
	const invoked = await fetch(`${awsEndpoint}/2015-03-31/functions/${name}/invocations`, {
		method: 'POST',
		headers: { authorization: 'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/lambda/aws4_request' },
		body: '"Ada"',
	});
	t.equal(await invoked.text(), '"Hello Ada"', 'inline code');
	t.notMatch(output(), /unsupported/);
	child.kill('SIGTERM');
	t.strictSame(await exited, [0, null]);
});

test('an invalid command line prints one line', async (t) => {
	const table: [commandLine: string[], message: RegExp][] = [
		[[], /^Expected one template\.\n/],
		[[TEMPLATE, '--port', 'x'], /^--port must be between 0 and 65535, got "x"\.\n$/],
		[[TEMPLATE, '--parameter', 'x'], /^--parameter must be Name=value, got "x"\.\n$/],
		[[join(PACKAGE, 'cli.ts')], /cli\.ts is not JSON\. Package the template first/],
	];
	for (const [commandLine, message] of table) {
		const failed = await run(process.execPath, [join(PACKAGE, 'cli.ts'), ...commandLine]).catch(
			(error: unknown) => error,
		);
		t.match(failed, { code: 1, stderr: message });
	}
});

const Manifest = Type.Object({ dependencies: Type.Record(Type.String(), Type.String()) });

/** Installs the packed tarball into an empty project, with the dependencies that its manifest lists and no others. */
async function installTarball(t: Test): Promise<string> {
	const folder = t.testdir({ node_modules: { '.bin': {} } });
	const { stdout } = await runPlain(PACKAGE, 'npm', 'pack', '--json', '--pack-destination', folder);
	const [packed] = parseJson(Type.Array(Type.Object({ filename: Type.String() })), stdout, 'npm pack');
	const installed = join(folder, 'node_modules/local-aws');
	await mkdir(installed);
	await run('tar', ['-xzf', join(folder, packed?.filename ?? ''), '-C', installed, '--strip-components=1']);
	const manifest = await readFile(join(installed, 'package.json'), 'utf8');
	for (const name of Object.keys(parseJson(Manifest, manifest, 'package.json').dependencies)) {
		await mkdir(dirname(join(folder, 'node_modules', name)), { recursive: true });
		await symlink(join(PROJECT, 'node_modules', name), join(folder, 'node_modules', name));
	}
	return folder;
}

test('the tarball runs in an empty project and has types', async (t) => {
	const folder = await installTarball(t);
	const installed = join(folder, 'node_modules/local-aws');
	t.ok((await readdir(installed)).includes('README.md'));
	const files = await readdir(join(installed, 'dist'), { recursive: true });
	t.notOk(
		files.some((file) => /(?<!\.d)\.ts$/.test(file)),
		'compiled JavaScript only',
	);
	const { url } = await startCli(t, [join(installed, 'dist/cli.js'), TEMPLATE], folder);
	t.equal(await roundTrip(url, 'b'), 'HELLO', 'the worker of the functions is compiled too');

	await writeFile(
		join(folder, 'use.mts'),
		`import { startStack, type Stack } from 'local-aws';
const stack: Stack = await startStack({ template: {}, projectDir: '/', port: 0 });
const url: string = stack.url;
// @ts-expect-error: the types know the options.
await startStack({ template: {}, projectDir: url, port: '0' });
`,
	);
	const compile = [
		join(PROJECT, 'node_modules/typescript/bin/tsc'),
		'use.mts',
		'--noEmit',
		'--strict',
		'--ignoreConfig',
	];
	const flags = [
		'--module',
		'nodenext',
		'--target',
		'es2024',
		'--lib',
		'es2024,esnext.disposable',
		'--skipLibCheck',
	];
	const types = ['--types', 'node', '--typeRoots', join(PROJECT, 'node_modules/@types')];
	await t.resolves(runPlain(folder, process.execPath, ...compile, ...flags, ...types));
});

test('the README lists every supported resource type', async (t) => {
	const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
	const source = readFileSync(join(PACKAGE, 'stack/provision.ts'), 'utf8');
	const types = [...source.matchAll(/^\t'(AWS::\w+::\w+)'/gm)].map(([, type = '']) => type);
	t.ok(types.length > 10);
	t.strictSame(
		types.filter((type) => !readme.includes(`\`${type}\``)),
		[],
	);
});
