import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Test, test } from 'tap';
import {
	codeCacheOf,
	compileFunction,
	readCodeCache,
	WRAPPER,
} from '../../../src/deploy/loader/load-function.ts';

const BUILT = resolve(import.meta.dirname, '../../../.build/starter');

/** A function with a code cache, made by this very Node unless a test says otherwise. */
function setup(t: Test, source: string) {
	const file = join(
		t.testdir({ 'function.cjs': `${WRAPPER.banner}${source}${WRAPPER.footer}` }),
		'function.cjs',
	);
	const compiled = compileFunction(file, undefined);
	compiled.run();
	writeFileSync(codeCacheOf(file), compiled.createCache());
	return file;
}

const HANDLER = 'exports.handler = async (event) => ({ got: event }); exports.ready = Promise.resolve();';

// V8 takes no cache of a source that it has compiled in this process: whether one is refused is asked of another one, below.
test('a function runs with its code cache, with a broken one, and with none', async (t) => {
	const file = setup(t, HANDLER);
	const cache = readCodeCache(file);
	t.ok(cache);
	for (const given of [cache, Buffer.alloc(64), undefined])
		t.strictSame(await compileFunction(file, given).run().handler(1, {}), { got: 1 });
	t.equal(readCodeCache(join(t.testdirName, 'nothing')), undefined);
});

test('a bundle that is packaged starts from its cache, and counts one that is refused', async (t) => {
	const folder = t.testdir({});
	for (const file of ['index.mjs', 'function.cjs', 'function.cjs.cache'])
		copyFileSync(join(BUILT, file), join(folder, file));
	const env = {
		PATH: process.env['PATH'] ?? '',
		API_STAGE: 'staging',
		AWS_REGION: 'us-east-1',
		POWERTOOLS_SERVICE_NAME: 'task-api',
		STATE_MACHINE_ARN_PREFIX: 'arn:aws:states:us-east-1:000000000000:stateMachine:x-',
		TASK_RETENTION_SECONDS: '3600',
		TASK_TABLE: 'tasks',
	};
	const start = (...flags: readonly string[]) =>
		execFileSync(
			process.execPath,
			[
				...flags,
				'--input-type=module',
				'-e',
				`const { handler } = await import('${join(folder, 'index.mjs')}'); console.log(typeof handler);`,
			],
			{ env },
		).toString();
	t.equal(start(), 'function\n');
	t.equal(start('--expose-gc', '--max-semi-space-size=51'), 'function\n', 'as Lambda starts Node, too');
	const cache = readFileSync(join(folder, 'function.cjs.cache'));
	writeFileSync(join(folder, 'function.cjs.cache'), cache.fill(0, 4, 8));
	const [metric = '', handler] = start().split('\n');
	t.match(JSON.parse(metric), { stage: 'staging', CodeCacheRejected: 1 });
	t.equal(handler, 'function');
});
