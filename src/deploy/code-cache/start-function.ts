import { fileURLToPath } from 'node:url';
import { compileBundle, readCodeCache, recordRejectedCache } from './load-bundle.ts';
import { nameSourcesInStackTraces } from './stack-traces.ts';

/** The file that Lambda loads, the same for each function. It starts the bundle beside it from the code cache. */
const bundlePath = fileURLToPath(new URL('function.cjs', import.meta.url));
nameSourcesInStackTraces(bundlePath);
const codeCache = readCodeCache(bundlePath);
const bundle = compileBundle(bundlePath, codeCache);
// Two megabytes that are freed now delay the first garbage collection.
if (codeCache?.buffer instanceof ArrayBuffer) codeCache.buffer.transfer(0);
if (bundle.isCacheRejected) recordRejectedCache(process.env['API_STAGE'] ?? '');
const functionModule = bundle.run();
await functionModule.ready;

/** The handler of the bundle. */
export const { handler } = functionModule;
