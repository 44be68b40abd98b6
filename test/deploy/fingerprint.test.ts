import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'tap';
import type { Inputs } from '../../src/deploy/fingerprint.ts';
import { copyProject } from '../support/project-copy.ts';

test('a fingerprint changes with a file, an imported module, a value or a new file, and with nothing else', async (t) => {
	const project = await copyProject(t);
	const { fingerprintOf }: { fingerprintOf: (inputs: Inputs) => Promise<string> } = await import(
		pathToFileURL(join(project, 'src/deploy/fingerprint.ts')).href
	);
	const inputs = {
		programs: ['src/deploy/template-plugin.cjs', 'src/workflows/*/workflow.ts'],
		files: ['src/workflows/*/definition.asl.json'],
	};
	let last = await fingerprintOf(inputs);
	const isChanged = async (values: readonly string[] = []) => {
		const before = last;
		last = await fingerprintOf({ ...inputs, values });
		return before !== last;
	};
	const edit = (file: string) => appendFile(join(project, file), '\n');

	t.notOk(await isChanged(), 'nothing has changed');
	await edit('src/http/routes/get-health.ts');
	t.notOk(await isChanged(), 'a module that no program imports');
	await edit('src/aws/sqs-handler.ts');
	t.ok(await isChanged(), 'a module that alarms.ts imports');
	await edit('src/workflows/order/definition.asl.json');
	t.ok(await isChanged(), 'a file');
	await edit('package.json');
	t.ok(await isChanged(), 'a file that every step depends on');
	t.ok(await isChanged(['--param=auth=jwt']), 'a value');
	await isChanged();
	await writeFile(join(project, 'src/workflows/new.ts'), '');
	t.notOk(await isChanged(), 'a new file that no program imports');
	await rm(join(project, 'src/workflows/order'), { recursive: true });
	const { writeCatalog }: { writeCatalog: () => Promise<void> } = await import(
		pathToFileURL(join(project, 'src/deploy/catalog.ts')).href
	);
	await writeCatalog();
	t.ok(await isChanged(), 'a removed workflow');
	await writeFile(join(project, 'src/deploy/alarms.ts'), 'export const');
	await t.rejects(isChanged(), { message: /src\/deploy\/alarms\.ts:1:12: ERROR/ });
});
