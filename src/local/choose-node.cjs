// npm runs this after an install. Commands then run with the system's Node if it is supported, and otherwise with the one
// that npm has installed.
const { execFileSync } = require('node:child_process');
const { rmSync } = require('node:fs');
const path = require('node:path');
const { isSupported, requireSupportedNode } = require('./node-version.cjs');

/** npm puts these before the system's Node. */
const COMMANDS = ['node', 'node.cmd', 'node.ps1'];

requireSupportedNode();
const systemNode = process.env.npm_node_execpath ?? process.execPath;
if (isSupported(String(execFileSync(systemNode, ['--version']))))
	for (const command of COMMANDS)
		rmSync(path.resolve(__dirname, '../../node_modules/.bin', command), { force: true });
