import { execFileSync } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { watchFolder } from '../../src/local/watch-project.ts';

test('every way of changing a file is noticed, again and again', async (t) => {
	const folder = t.testdir({ inner: { 'a.ts': 'one' } });
	const file = join(folder, 'inner/a.ts');
	const git = (...commandLine: string[]) =>
		execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...commandLine], {
			cwd: folder,
		});
	git('init', '--quiet');
	git('add', '.');
	git('commit', '--quiet', '--message', 'one');

	let notice: () => void = () => undefined;
	const watcher = await watchFolder(folder, {
		onChange: () => notice(),
		onError: (message) => t.fail(message),
	});
	t.teardown(() => watcher.close());
	const isNoticed = async (change: () => unknown) => {
		const { promise, resolve } = Promise.withResolvers<boolean>();
		notice = () => resolve(true);
		change();
		return promise;
	};
	const changes: [title: string, change: () => unknown][] = [
		['written', () => writeFileSync(file, 'two')],
		['saved atomically', () => (writeFileSync(`${file}.tmp`, 'three'), renameSync(`${file}.tmp`, file))],
		['edited by sed -i', () => execFileSync('sed', ['-i', 's/three/four/', file])],
		['checked out by git', () => git('checkout', '--quiet', '--', 'inner/a.ts')],
		['created in a new folder', () => execFileSync('mkdir', ['-p', join(folder, 'new/deep')])],
		['removed with its folder', () => rmSync(join(folder, 'new'), { recursive: true })],
	];
	for (const [title, change] of [...changes, ...changes]) t.ok(await isNoticed(change), title);
});
