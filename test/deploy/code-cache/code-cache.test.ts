import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Test, test } from 'tap';
import {
	codeCachePath,
	compileBundle,
	readCodeCache,
	WRAPPER,
} from '../../../src/deploy/code-cache/load-bundle.ts';
import { LAMBDA_NODE_FLAGS } from '../../../src/deploy/code-cache/make-code-caches.ts';
import { WARM_UP_ENVIRONMENT } from '../../../src/deploy/code-cache/warm-up-events.ts';

const BUILT = resolve(import.meta.dirname, '../../../.build');

/** A bundle with a code cache that this process has made. */
function writeBundle(t: Test, source: string): string {
	const bundlePath = join(
		t.testdir({ 'function.cjs': `${WRAPPER.banner}${source}${WRAPPER.footer}` }),
		'function.cjs',
	);
	const compiled = compileBundle(bundlePath, undefined);
	compiled.run();
	writeFileSync(codeCachePath(bundlePath), compiled.createCache());
	return bundlePath;
}

const SOURCE = 'exports.handler = async (event) => ({ received: event }); exports.ready = Promise.resolve();';

// V8 accepts any cache of a source that this process has compiled already, so rejection is tested in processes of their own.
test('a bundle runs with its code cache, with a broken one, and without one', async (t) => {
	const bundlePath = writeBundle(t, SOURCE);
	const cache = readCodeCache(bundlePath);
	t.ok(cache);
	for (const cachedData of [cache, Buffer.alloc(64), undefined])
		t.strictSame(await compileBundle(bundlePath, cachedData).run().handler(1, {}), { received: 1 });
	t.equal(readCodeCache(join(t.testdirName, 'missing')), undefined);
});

/** Starts a copy of a built function in a process of its own. Returns its output. */
function setup(t: Test, name: string) {
	const folder = t.testdir({});
	for (const file of ['index.mjs', 'function.cjs', 'function.cjs.cache'])
		copyFileSync(join(BUILT, name, file), join(folder, file));
	const program = `const { handler } = await import('${join(folder, 'index.mjs')}'); console.log(typeof handler);`;
	return {
		cachePath: join(folder, 'function.cjs.cache'),
		start: (...flags: readonly string[]) =>
			execFileSync(process.execPath, [...flags, '--input-type=module', '-e', program], {
				env: { PATH: process.env['PATH'], ...WARM_UP_ENVIRONMENT, API_STAGE: 'staging' },
				encoding: 'utf8',
			}).split('\n'),
	};
}

test('V8 accepts the code cache of a built function under the flags of Lambda, for any memory size', async (t) => {
	const { start } = setup(t, 'starter');
	t.strictSame(start(...LAMBDA_NODE_FLAGS), ['function', '']);
	t.strictSame(start('--expose-gc', '--max-semi-space-size=6', '--max-old-space-size=115'), ['function', '']);
});

test('a function whose code cache is rejected starts and counts CodeCacheRejected', async (t) => {
	const { start, cachePath } = setup(t, 'starter');
	const [underOtherFlags = '', ...rest] = start();
	t.match(JSON.parse(underOtherFlags), { stage: 'staging', CodeCacheRejected: 1 });
	t.strictSame(rest, ['function', '']);
	writeFileSync(cachePath, readFileSync(cachePath).fill(0, 4, 8));
	const [ofAnotherV8 = '', handler] = start(...LAMBDA_NODE_FLAGS);
	t.match(JSON.parse(ofAnotherV8), { stage: 'staging', CodeCacheRejected: 1 });
	t.equal(handler, 'function');
});
