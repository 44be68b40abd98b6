import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const PROJECT = resolve(import.meta.dirname, '../..');

/** Vite's own server passes requests on to `npm start`. */
const STACK = 'http://localhost:4000';

export default defineConfig({
	root: import.meta.dirname,
	cacheDir: resolve(PROJECT, '.cache/vite'),
	// Relative addresses work behind every base path; the server writes it into the page's `base`.
	base: './',
	oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
	build: {
		outDir: resolve(PROJECT, '.cache/console'),
		emptyOutDir: true,
		target: 'es2023',
		modulePreload: false,
		assetsInlineLimit: 0,
		rolldownOptions: {
			output: {
				entryFileNames: 'assets/console.js',
				assetFileNames: ({ names }) =>
					names.some((name) => name.endsWith('.css')) ? 'assets/console.css' : 'assets/[name][extname]',
			},
		},
	},
	server: { proxy: { '/v1': STACK, '/_local': STACK } },
});
