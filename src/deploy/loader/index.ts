import { fileURLToPath } from 'node:url';
import { createMetric } from '../../aws/metrics.ts';
import { compileFunction, readCodeCache } from './load-function.ts';

/** The file that Lambda loads, the same for each function: it starts the bundle beside it from V8's code cache. */
const file = fileURLToPath(new URL('function.cjs', import.meta.url));
const codeCache = readCodeCache(file);
const compiled = compileFunction(file, codeCache);
// Two megabytes given back now are two less that bring the first garbage collection nearer.
if (codeCache?.buffer instanceof ArrayBuffer) codeCache.buffer.transfer(0);
if (compiled.isCacheRejected) {
	// Packaged by another Node, or on another architecture: it starts all the same, in twice the time.
	createMetric('CodeCacheRejected', process.env['API_STAGE'] ?? '', Date.now)(1);
}
const loaded = compiled.run();
await loaded.ready;

export const { handler } = loaded;
