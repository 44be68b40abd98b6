import { fileURLToPath } from 'node:url';
import { createMetric } from '../../aws/metrics.ts';
import { CODE_CACHE_REJECTED_METRIC, compileBundle, readCodeCache } from './load-bundle.ts';

/** The file that Lambda loads, the same for each function. It starts the bundle beside it from the code cache. */
const bundlePath = fileURLToPath(new URL('function.cjs', import.meta.url));
const codeCache = readCodeCache(bundlePath);
const bundle = compileBundle(bundlePath, codeCache);
// Two megabytes that are freed now delay the first garbage collection.
if (codeCache?.buffer instanceof ArrayBuffer) codeCache.buffer.transfer(0);
if (bundle.isCacheRejected)
	createMetric(CODE_CACHE_REJECTED_METRIC, process.env['API_STAGE'] ?? '', Date.now)(1);
const functionModule = bundle.run();
await functionModule.ready;

/** The handler of the bundle. */
export const { handler } = functionModule;
