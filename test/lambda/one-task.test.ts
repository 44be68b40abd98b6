import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { test } from 'tap';
import { BUNDLE_OPTIONS } from '../../src/deploy/bundle.ts';
import { createCannedAws } from '../../src/deploy/code-cache/canned-aws.ts';
import { WARM_UP_ENVIRONMENT, WARM_UP_EVENTS } from '../../src/deploy/code-cache/warm-up-events.ts';
import { createValidatorsPlugin } from '../../src/deploy/compiled-validators/validators-plugin.ts';

const MAX_FILES = 30;

/** Every route shares these; a reader who follows a task does not open them. */
const SHARED_BY_ALL_ROUTES = /^src\/http\/(?:plugins|requests)\//;

/** The events of one task: its POST, its start message, and the status event of its end. */
const EVENTS_OF_ONE_TASK = {
	api: WARM_UP_EVENTS['api']?.slice(0, 1),
	starter: WARM_UP_EVENTS['starter'],
	listener: WARM_UP_EVENTS['listener']?.slice(1),
};

const NO_FAILURES = { batchItemFailures: [] };
const ANSWERS: Readonly<Record<string, object>> = {
	api: { statusCode: 202 },
	starter: NO_FAILURES,
	listener: NO_FAILURES,
};

test('one task, from its POST to its end in the row, runs through few files', async (t) => {
	const outdir = t.testdir();
	await build({
		...BUNDLE_OPTIONS,
		// The comments that name each file divide the bundle.
		minify: false,
		entryPoints: Object.keys(EVENTS_OF_ONE_TASK).map((name) => `src/lambda/${name}.ts`),
		plugins: [createValidatorsPlugin()],
		outdir,
	});
	const aws = createCannedAws().listen(0, '127.0.0.1');
	t.teardown(() => aws.close());
	await once(aws, 'listening');
	t.intercept(process, 'env', {
		value: {
			...process.env,
			...WARM_UP_ENVIRONMENT,
			AWS_ENDPOINT_URL: `http://127.0.0.1:${Object(aws.address()).port}`,
		},
	});

	const session = new Session();
	session.connect();
	t.teardown(() => session.disconnect());
	await session.post('Profiler.enable');
	const files = new Set<string>();
	for (const [name, events = []] of Object.entries(EVENTS_OF_ONE_TASK)) {
		const bundle = resolve(outdir, `${name}.cjs`);
		const { handler, ready } = createRequire(import.meta.url)(bundle);
		await ready;
		await session.post('Profiler.startPreciseCoverage', { callCount: true });
		for (const event of events) t.match(await handler(event, { awsRequestId: '1' }), ANSWERS[name]);
		const { result } = await session.post('Profiler.takePreciseCoverage');
		await session.post('Profiler.stopPreciseCoverage');
		const fileAt = createFileLocator(readFileSync(bundle, 'utf8'));
		for (const { functions } of result.filter(({ url }) => url.endsWith(bundle)))
			for (const [called] of functions.map(({ ranges }) => ranges))
				if (called !== undefined && called.count > 0) files.add(fileAt(called.startOffset));
	}
	const opened = [...files].filter((file) => file.startsWith('src/') && !SHARED_BY_ALL_ROUTES.test(file));
	t.comment(`${opened.length} files: ${opened.toSorted().join(', ')}`);
	t.ok(opened.includes('src/tasks/create-task.ts') && opened.includes('src/executions/mirror.ts'));
	t.ok(opened.length <= MAX_FILES, `${opened.length} files, at most ${MAX_FILES}`);
});

/** Returns a function that names the source file at an offset of a bundle. */
function createFileLocator(bundle: string): (offset: number) => string {
	const starts = [...bundle.matchAll(/^\s*\/\/ ((?:src|node_modules)\/\S+)$/gm)].map((match) => ({
		offset: match.index,
		file: match[1] ?? '',
	}));
	return (offset) => starts.findLast((start) => start.offset < offset)?.file ?? '';
}
