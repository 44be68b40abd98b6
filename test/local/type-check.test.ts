import { rename, writeFile } from 'node:fs/promises';
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
