import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'tap';
import { createTypeChecker } from '../../src/local/type-check.ts';

test('a type error is reported with file, line and column until it is corrected', async (t) => {
	const folder = t.testdir({
		'tsconfig.json':
			'{ "compilerOptions": { "strict": true, "noEmit": true, "types": [] }, "include": ["src"] }',
		src: {
			'right.ts': 'export const right = 1;\n',
			'wrong.ts': '\nconst one = 1;\nexport const two: string = one;\n',
		},
	});
	const runs: (readonly string[])[] = [];
	let nextRun = Promise.withResolvers<void>();
	const types = createTypeChecker({
		folder,
		onChecked(errors) {
			runs.push(errors);
			nextRun.resolve();
		},
	});
	t.teardown(() => types.close());
	const error = "src/wrong.ts:3:14: TS2322: Type 'number' is not assignable to type 'string'.";

	types.check();
	types.check();
	await nextRun.promise;
	t.strictSame(runs, [[error]], 'the first run was replaced by the second');

	nextRun = Promise.withResolvers<void>();
	await writeFile(join(folder, 'saved.tmp'), 'export const two = 2;\n');
	await rename(join(folder, 'saved.tmp'), join(folder, 'src/wrong.ts'));
	types.check();
	await nextRun.promise;
	t.strictSame(runs, [[error], []]);
});

test('a run ends as soon as another one replaces it, also if it ignores SIGTERM', async (t) => {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	if (typeof address !== 'object' || address === null) throw new Error('no port');
	t.teardown(() => server.close());
	// The connection of a run ends with its process.
	const folder = t.testdir({
		'compiler.mjs': `import { connect } from 'node:net';
process.on('SIGTERM', () => {});
connect(${address.port}, '127.0.0.1');`,
	});
	const types = createTypeChecker({
		folder,
		program: join(folder, 'compiler.mjs'),
		onChecked: () => t.fail('a replaced run reports nothing'),
	});
	const startRun = () =>
		new Promise<{ ended: Promise<unknown> }>((resolve) => {
			server.once('connection', (connection) => {
				// A process that is killed may reset its connection.
				connection.on('error', () => undefined).resume();
				resolve({ ended: new Promise((end) => connection.once('close', end)) });
			});
			types.check();
		});
	const first = await startRun();
	const second = await startRun();
	await first.ended;
	t.pass('the first run has ended');
	types.close();
	await second.ended;
	t.pass('the second run has ended');
});
