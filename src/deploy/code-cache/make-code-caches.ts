import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { createCannedAws } from './canned-aws.ts';
import { codeCachePath, compileBundle } from './load-bundle.ts';
import { WARM_UP_ENVIRONMENT, WARM_UP_EVENTS } from './warm-up-events.ts';

/**
 * Flags with which Lambda starts Node, here for a function of 1,024 MB. V8 accepts a code cache only under the flags it
 * was made with; of these `--expose-gc` counts and the sizes do not.
 */
export const LAMBDA_NODE_FLAGS = ['--expose-gc', '--max-semi-space-size=51', '--max-old-space-size=922'];

/**
 * Makes the code cache of each bundle, given as paths by function name, with this Node version and processor.
 * @throws Error if a bundle does not start or rejects a warm-up event.
 */
export async function makeCodeCaches(bundlePaths: Readonly<Record<string, string>>): Promise<void> {
	const waiting = Object.entries(bundlePaths);
	const makeNext = async () => {
		for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
			await promisify(execFile)(process.execPath, [...LAMBDA_NODE_FLAGS, import.meta.filename, ...next], {
				env: { PATH: process.env['PATH'], ...WARM_UP_ENVIRONMENT },
			});
	};
	await Promise.all(Array.from({ length: availableParallelism() }, makeNext));
}

/** Loads one bundle, sends it its warm-up events, and writes the code that V8 has compiled by then. */
async function makeCodeCache(name: string, bundlePath: string): Promise<void> {
	const aws = createCannedAws().listen(0, '127.0.0.1');
	await once(aws, 'listening');
	const address = aws.address();
	if (typeof address !== 'object' || address === null) throw new Error('The canned AWS has no port.');
	process.env['AWS_ENDPOINT_URL'] = `http://127.0.0.1:${address.port}`;

	const bundle = compileBundle(bundlePath, undefined);
	const { handler, ready } = bundle.run();
	await ready;
	for (const event of WARM_UP_EVENTS[name] ?? []) {
		const result = await handler(event, { awsRequestId: '1', getRemainingTimeInMillis: () => 10_000 });
		const { statusCode = 200, body, batchItemFailures = [] } = Object(result);
		if (statusCode >= 300 || batchItemFailures.length > 0)
			throw new Error(`${name} rejects a warm-up event: ${body ?? JSON.stringify(result)}`);
	}
	await writeFile(codeCachePath(bundlePath), bundle.createCache());
}

// A process of its own for each bundle: the bundle reads its environment when it is loaded.
if (import.meta.main) {
	const [name = '', bundlePath = ''] = process.argv.slice(2);
	await makeCodeCache(name, bundlePath);
	process.exit(0);
}
