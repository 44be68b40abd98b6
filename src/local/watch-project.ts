import { once } from 'node:events';
import { globSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { subscribe } from '@parcel/watcher';
import type { Stack } from '../local-aws/index.ts';
import type { BuildResult } from './build-worker.ts';
import type { LocalSettings } from './settings.ts';

const SOURCE = resolve(import.meta.dirname, '..');
const PROJECT = resolve(SOURCE, '..');

/** Dependencies of {@link watchProject}. */
export interface WatchOptions {
	readonly auth: LocalSettings['auth'];
	/** Receives the names of the applied resources, and the duration. */
	readonly onReload: (names: readonly string[], tookMs: number) => void;
	/** Receives each reason why a change has not been applied. */
	readonly onError: (message: string) => void;
	/** Receives all reasons together after each build; none if the change has been applied. */
	readonly onBuilt: (errors: readonly string[]) => void;
}

/**
 * Builds after each change of a source file, and applies the result to the running stack. A change that is invalid is
 * reported, and the stack goes on with the former build.
 */
export async function watchProject(
	stack: Pick<Stack, 'reload' | 'update'>,
	{ auth, onReload, onError, onBuilt }: WatchOptions,
): Promise<{ close(): Promise<void> }> {
	let bundles = readBundles();
	/** Returns the reasons why parts of the change have not been applied. */
	const applyChanges = async (): Promise<readonly string[]> => {
		const begunAtMs = performance.now();
		const result = await buildInThread(auth);
		if (result.kind === 'failed') return [result.message];
		const { applied, failed } = await stack.update(result.template);
		const former = bundles;
		bundles = readBundles();
		const changed = [...bundles.keys()].filter((name) => bundles.get(name) !== former.get(name));
		stack.reload(new Set(changed.map((name) => `.build/${name}/index.handler`)));
		const names = [...changed, ...applied.map(({ logicalId }) => logicalId)];
		if (names.length > 0) onReload(names, performance.now() - begunAtMs);
		return failed.map(({ message }) => message);
	};

	let isStale = false;
	let running: Promise<void> | undefined;
	const runWhileStale = async () => {
		while (isStale) {
			isStale = false;
			const errors = await applyChanges().catch((error: unknown) => [String(error)]);
			errors.forEach(onError);
			onBuilt(errors);
		}
		running = undefined;
	};
	const watcher = await watchFolder(SOURCE, {
		onChange() {
			isStale = true;
			running ??= runWhileStale();
		},
		onError,
	});
	return {
		async close() {
			isStale = false;
			await watcher.close();
		},
	};
}

/** Watches a folder and all folders in it, files that are replaced included. Several changes at a time are reported once. */
export async function watchFolder(
	folder: string,
	{ onChange, onError }: { readonly onChange: () => void; readonly onError: (message: string) => void },
): Promise<{ close(): Promise<void> }> {
	const subscription = await subscribe(
		folder,
		(error, events) => {
			if (error !== null) onError(`Cannot watch ${folder}: ${error.message}`);
			else if (events.length > 0) onChange();
		},
		{ ignore: ['**/node_modules/**'] },
	);
	return { close: () => subscription.unsubscribe() };
}

/** The time of the last change of each function's bundle. It differs from that of the last reload after failed builds too. */
function readBundles(): ReadonlyMap<string, number> {
	const files = globSync('.build/*/function.cjs', { cwd: PROJECT });
	return new Map(files.map((file) => [basename(dirname(file)), statSync(resolve(PROJECT, file)).mtimeMs]));
}

/** Modules are cached for the life of a thread, so each build has a new one. */
async function buildInThread(auth: LocalSettings['auth']): Promise<BuildResult> {
	const worker = new Worker(new URL('build-worker.ts', import.meta.url), { workerData: { auth } });
	try {
		const [result]: BuildResult[] = await once(worker, 'message');
		return result ?? { kind: 'failed', message: 'The build has no result.' };
	} finally {
		await worker.terminate();
	}
}
