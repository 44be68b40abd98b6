import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Test, test } from 'tap';
import { checkDataDir, PortUnavailableError, startStack } from '../../../src/local-aws/index.ts';
import { fullDiskError } from '../../../src/local-aws/stack/data-dir.ts';

const EMPTY = { template: { Resources: {} }, projectDir: '/' };

/** A data folder that a stack has used. */
async function usedFolder(t: Test): Promise<string> {
	const dataDir = join(t.testdir({}), 'data');
	const stack = await startStack({ ...EMPTY, dataDir });
	await stack.close();
	return dataDir;
}

test('a new folder is created, and a used one opens again', async (t) => {
	const dataDir = await usedFolder(t);
	await t.resolves(checkDataDir(dataDir));
	const again = await startStack({ ...EMPTY, dataDir });
	await again.close();
});

test('a folder that cannot be written is refused', async (t) => {
	const file = join(t.testdir({ file: '' }), 'file');
	for (const dataDir of [file, join(file, 'below')])
		await t.rejects(startStack({ ...EMPTY, dataDir }), { code: 'data-dir', message: /is not writable: / });
});

test('a file system that allows no folders is refused', async (t) => {
	await t.rejects(checkDataDir('/proc/data/below'), {
		code: 'data-dir',
		message: /is not writable: this file system does not allow new folders\.$/,
	});
});

test('a corrupted folder is refused before anything is opened', async (t) => {
	const table: [name: string, content: Parameters<Test['testdir']>[0]][] = [
		['step-functions.db', { 'step-functions.db': 'x'.repeat(200) }],
		['dynamodb', { dynamodb: { CURRENT: 'junk' } }],
	];
	for (const [name, content] of table) {
		const dataDir = t.testdir(content);
		await t.rejects(startStack({ ...EMPTY, dataDir }), {
			code: 'data-dir',
			message: new RegExp(`is corrupted: ${name}: .+\\. Move it away to start with empty data\\.$`),
		});
	}
});

test('a folder of a running stack is refused', async (t) => {
	const dataDir = join(t.testdir({}), 'data');
	const stack = await startStack({ ...EMPTY, dataDir });
	t.teardown(() => stack.close());
	await t.rejects(startStack({ ...EMPTY, dataDir }), { message: /is in use by another process\.$/ });
});

test('a full disk is recognised, also behind another error', (t) => {
	const full = [
		Object.assign(new Error('write failed'), { code: 'ENOSPC' }),
		Object.assign(new Error('database or disk is full'), { errcode: 13 }),
		new Error('IO error: 000005.log: No space left on device'),
		new Error('not stored', { cause: Object.assign(new Error('x'), { code: 'EDQUOT' }) }),
	];
	for (const error of full)
		t.match(fullDiskError('/data', error), {
			code: 'data-dir',
			message: /^The data folder \/data is full\./,
		});
	for (const error of [new Error('other'), undefined, 'text', new Error('a', { cause: new Error('b') })])
		t.equal(fullDiskError('/data', error), undefined);
	t.end();
});

test('a locked database is refused', async (t) => {
	const dataDir = await usedFolder(t);
	const database = new DatabaseSync(join(dataDir, 'step-functions.db'));
	t.teardown(() => database.close());
	database.exec('BEGIN EXCLUSIVE');
	await t.rejects(checkDataDir(dataDir), { message: /is in use by another process\.$/ });
});

test('a port in use is named', async (t) => {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => server.close());
	const port = Number(Object(server.address()).port);
	for (const option of ['port', 'awsPort'] as const) {
		const error = await startStack({ ...EMPTY, [option]: port }).catch((caught: unknown) => caught);
		t.ok(error instanceof PortUnavailableError && error.option === option);
		t.match(error, { message: `Port ${port} is in use.` });
	}
});
