#!/usr/bin/env node
// Plain JavaScript, so that a Node without type stripping can run it and print why it cannot run the rest.
if (!process.features.typescript) {
	console.error(
		`task-api needs Node 22.18 or later; this is ${process.version}. In a clone of the project, \`npm run task --\` uses the Node that the project installs.`,
	);
	process.exit(2);
}
// Caches the stripped and compiled modules, which halves the time to start.
require('node:module').enableCompileCache();
void import('./main.ts');
