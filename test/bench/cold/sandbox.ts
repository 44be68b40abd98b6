import { pathToFileURL } from 'node:url';
import { BAD_POST, GET, POST } from './events.ts';

/** What one sandbox's life took. CPU is of all threads, in microseconds. */
export interface Life {
	readonly answers: readonly { readonly status: number; readonly members: readonly string[] }[];
	/** Load, init and the first POST. */
	readonly coldCpuUs: number;
	readonly coldWallUs: number;
	/** POSTs 3 to 52, each. */
	readonly earlyCpuUs: number;
	readonly postCpuUs: number;
	readonly getCpuUs: number;
	readonly rssMb: number;
}

const EARLY = { first: 3, last: 52 };
const WARM_UP = 1500;
const MEASURED = 1000;

const CONTEXT = {
	awsRequestId: 'request-1',
	functionName: 'bench',
	memoryLimitInMB: '1024',
	callbackWaitsForEmptyEventLoop: true,
	getRemainingTimeInMillis: () => 29_000,
};

const cpuUs = () => {
	const { user, system } = process.cpuUsage();
	return user + system;
};

type Handler = (event: unknown, context: object) => Promise<{ statusCode: number; body: string }>;

const [file = ''] = process.argv.slice(2);
const begunCpuUs = cpuUs();
const begunAtMs = performance.now();
const module: { handler: Handler } = await import(pathToFileURL(file).href);
const { handler } = module;
const first = await handler(POST, CONTEXT);
const coldCpuUs = cpuUs() - begunCpuUs;
const coldWallUs = (performance.now() - begunAtMs) * 1000;

const each = async (event: unknown, count: number) => {
	const before = cpuUs();
	for (let done = 0; done < count; done++) await handler(event, CONTEXT);
	return (cpuUs() - before) / count;
};

await handler(POST, CONTEXT);
const earlyCpuUs = await each(POST, EARLY.last - EARLY.first + 1);
const others = [await handler(GET, CONTEXT), await handler(BAD_POST, CONTEXT)];
await each(POST, WARM_UP);
await each(GET, WARM_UP);
const postCpuUs = await each(POST, MEASURED);
const getCpuUs = await each(GET, MEASURED);

const answers = [first, ...others].map(({ statusCode, body }) => ({
	status: statusCode,
	members: statusCode < 300 ? Object.keys(JSON.parse(body)).toSorted() : [],
}));
const life: Life = {
	answers,
	coldCpuUs,
	coldWallUs,
	earlyCpuUs,
	postCpuUs,
	getCpuUs,
	rssMb: process.memoryUsage().rss / 2 ** 20,
};
process.send?.(life, () => process.exit(0));
