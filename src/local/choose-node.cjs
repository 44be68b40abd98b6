// npm runs this after an install. Commands then run with the system's Node if it is supported, and otherwise with the one
// that npm has installed.
const { execFileSync } = require('node:child_process');
const { realpathSync, rmSync } = require('node:fs');
const path = require('node:path');
const { isSupported, requireSupportedNode } = require('./node-version.cjs');

/** npm puts these before the system's Node. */
const COMMANDS = ['node', 'node.cmd', 'node.ps1'];

requireSupportedNode();
const modules = realpathSync(path.resolve(__dirname, '../../node_modules'));
const currentNode = realpathSync(process.env.npm_node_execpath ?? process.execPath);
// An npm that a script or a test of the project starts runs with the project's Node, which says nothing about the system's.
const isSystemNode = !currentNode.startsWith(`${modules}${path.sep}`);
if (isSystemNode && isSupported(String(execFileSync(currentNode, ['--version']))))
	for (const command of COMMANDS) rmSync(path.resolve(modules, '.bin', command), { force: true });
