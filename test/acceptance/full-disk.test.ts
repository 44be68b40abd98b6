import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { exitCode, startChildStack } from '../support/child-stack.ts';
import { createClient } from '../support/client.ts';
import { pollUntil } from '../support/poll.ts';

/** Mounts a small file system in memory; undefined if this user may not mount. */
function mountSmallDisk(t: Test): string | undefined {
	const folder = mkdtempSync(join(tmpdir(), 'full-disk-'));
	try {
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder], { stdio: 'ignore' });
	} catch {
		rmdirSync(folder);
		return undefined;
	}
	t.teardown(() => {
		execFileSync('umount', ['--lazy', folder]);
		rmdirSync(folder);
	});
	return folder;
}

/** Writes a file until the disk is full. */
function fillDisk(file: string): void {
	const descriptor = openSync(file, 'w');
	try {
		for (;;) writeSync(descriptor, Buffer.alloc(4096));
	} catch (error) {
		if (Object(error).code !== 'ENOSPC') throw error;
	} finally {
		closeSync(descriptor);
	}
}

test('a full disk ends the stack with one clear line and loses no accepted task', async (t) => {
	const disk = mountSmallDisk(t);
	if (disk === undefined) return void t.pass('skipped: needs the right to mount a file system');
	const environment = { PORT: '0', DATA_DIR: join(disk, 'data') };
	const first = await startChildStack(t, environment);
	const client = createClient(first.url);
	const accepted: string[] = [];
	/** Posts a greeting; returns whether the stack still answers. */
	const post = async (): Promise<boolean> => {
		const answer = await client
			.post({ type: 'greeting', data: { name: `n${accepted.length}` } })
			.catch(() => undefined);
		if (answer?.status === 202) accepted.push(String(answer.body['task_id']));
		return answer !== undefined;
	};
	for (let count = 0; count < 20; count += 1) await post();
	const filler = join(disk, 'filler');
	fillDisk(filler);
	await pollUntil('the end of the stack', async () => !(await post()) || undefined);
	t.equal(await exitCode(first.process), 1);
	const reports = first
		.output()
		.split('\n')
		.filter((line) => line.startsWith('DATA_DIR: '));
	t.match(reports, [/ is full\. Nothing accepted is lost: free some space and start again\.$/]);
	t.equal(reports.length, 1);
	t.notMatch(first.output(), /\n {4}at /, 'no stack trace');

	rmSync(filler);
	const second = await startChildStack(t, environment);
	const { finished } = createClient(second.url);
	const tasks = await Promise.all(accepted.map((taskId) => finished(taskId)));
	t.strictSame(
		tasks.map(({ status, result }) => [status, Object(result).message]),
		accepted.map((_, index) => ['SUCCEEDED', `Hello n${index}`]),
	);
});
