import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'tap';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { WORKFLOWS } from '../../src/workflows/catalog.ts';

const FOLDER = resolve(import.meta.dirname, '../../src/workflows');

test('each example is a request that its workflow takes', async (t) => {
	const examples = globSync('*/examples/*.json', { cwd: FOLDER });
	t.ok(examples.length > 0);
	for (const file of examples) {
		const [type = ''] = file.split(/[/\\]/);
		const input = WORKFLOWS[type]?.input ?? Type.Never();
		const request: unknown = JSON.parse(readFileSync(resolve(FOLDER, file), 'utf8'));
		t.ok(
			Value.Check(
				Type.Object({ type: Type.Literal(type), data: input }, { additionalProperties: false }),
				request,
			),
			file,
		);
	}
});
