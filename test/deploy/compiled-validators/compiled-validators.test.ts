import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Test, test } from 'tap';
import { bundleFunctions } from '../../../src/deploy/bundle.ts';
import { compileBundle } from '../../../src/deploy/code-cache/load-bundle.ts';
import { createValidatorsPlugin } from '../../../src/deploy/compiled-validators/validators-plugin.ts';

const here = (file: string) => resolve(import.meta.dirname, file);

/** The fixture app, bundled as every function is. */
async function setup(t: Test) {
	const outputs = await bundleFunctions({ function: here('fixture-app.ts') }, [
		createValidatorsPlugin(here('compile-fixture.ts')),
	]);
	const bundlePath = join(t.testdir({}), 'function.cjs');
	writeFileSync(bundlePath, outputs.find(({ path }) => path.endsWith('.cjs'))?.contents ?? '');
	const { handler, ready } = compileBundle(bundlePath, undefined).run();
	await ready;
	return (host: unknown) => handler(host, {});
}

test('a bundle validates a schema with a host name and registers a plugin with metadata', async (t) => {
	const post = await setup(t);
	t.strictSame(await post('example.com'), { status: 200, body: { host: 'example.com', hasPlugin: true } });
	t.match(await post('-not a host-'), { status: 400, body: { message: /must match format "hostname"/ } });
	t.match(await post(undefined), { status: 400, body: { message: /must have required propert/ } });
});
