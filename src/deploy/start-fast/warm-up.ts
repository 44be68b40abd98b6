import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { codeCacheOf, compileFunction } from '../loader/load-function.ts';
import { createCannedAws } from './canned-aws.ts';
import { WARM_UPS } from './warm-ups.ts';

/** A process of its own for one bundle: loads it, gives it its first events, and keeps what V8 has compiled. */
const [name = '', file = ''] = process.argv.slice(2);

const aws = createCannedAws().listen(0, '127.0.0.1');
await once(aws, 'listening');
const address = aws.address();
if (typeof address !== 'object' || address === null) throw new Error('no port');
process.env['AWS_ENDPOINT_URL'] = `http://127.0.0.1:${address.port}`;

const compiled = compileFunction(file, undefined);
const { handler, ready } = compiled.run();
await ready;
for (const event of WARM_UPS[name] ?? [])
	await handler(event, { awsRequestId: '1', getRemainingTimeInMillis: () => 1000 });
await writeFile(codeCacheOf(file), compiled.createCache());
process.exit(0);
