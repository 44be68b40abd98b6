import { pathToFileURL } from 'node:url';

/** The cost of a sandbox's start: load, init and the first event. CPU is of all threads, in microseconds. */
export interface Start {
	readonly coldCpuUs: number;
	readonly coldWallUs: number;
}

/** The cost of a sandbox of an API from its start to warm requests. */
export interface Life extends Start {
	readonly answers: readonly { readonly status: number; readonly members: readonly string[] }[];
	/** Each of POSTs 3 to 52. */
	readonly earlyCpuUs: number;
	readonly postCpuUs: number;
	readonly getCpuUs: number;
	/** Wall time with services that take 5 and 10 ms. */
	readonly postWallUs: number;
	readonly getWallUs: number;
	readonly rssMb: number;
}

/** The input of a sandbox process. */
export interface SandboxInput {
	/** The file that Lambda would load. */
	readonly file: string;
	/** One event of a queue function, or a POST, a GET and an invalid POST of an API. */
	readonly events: readonly unknown[];
	/** Warm requests per measurement. */
	readonly requests: number;
	/** URL that switches the canned AWS between no latency and the latencies of DynamoDB and SNS. */
	readonly latencyUrl: string;
}

const EARLY = { first: 3, last: 52 };
/** A request with latencies takes 5 to 15 ms, so fewer are enough. */
const WALL_REQUESTS = 100;

const CONTEXT = {
	awsRequestId: 'request-1',
	functionName: 'bench',
	functionVersion: '1',
	invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:bench',
	memoryLimitInMB: '1024',
	callbackWaitsForEmptyEventLoop: true,
	getRemainingTimeInMillis: () => 29_000,
};

const cpuUs = () => {
	const { user, system } = process.cpuUsage();
	return user + system;
};
const wallUs = () => performance.now() * 1000;

type Handler = (event: unknown, context: object) => Promise<{ statusCode: number; body: string }>;

const input: SandboxInput = JSON.parse(process.argv[2] ?? '');
const [firstEvent, ...apiEvents] = input.events;

const startCpuUs = cpuUs();
const startWallUs = wallUs();
const module: { handler: Handler } = await import(pathToFileURL(input.file).href);
const { handler } = module;
const first = await handler(firstEvent, CONTEXT);
const start: Start = { coldCpuUs: cpuUs() - startCpuUs, coldWallUs: wallUs() - startWallUs };

const result = apiEvents.length === 0 ? start : await measureLife(firstEvent, ...apiEvents);
process.send?.(result, () => process.exit(0));

/** Measures the requests after the first POST. */
async function measureLife(post: unknown, get?: unknown, badPost?: unknown): Promise<Life> {
	const each = async (event: unknown, count: number, clock: () => number) => {
		const before = clock();
		for (let done = 0; done < count; done++) await handler(event, CONTEXT);
		return (clock() - before) / count;
	};

	await handler(post, CONTEXT);
	const earlyCpuUs = await each(post, EARLY.last - EARLY.first + 1, cpuUs);
	const others = [await handler(get, CONTEXT), await handler(badPost, CONTEXT)];
	await each(post, input.requests * 1.5, cpuUs);
	await each(get, input.requests * 1.5, cpuUs);
	const postCpuUs = await each(post, input.requests, cpuUs);
	const getCpuUs = await each(get, input.requests, cpuUs);
	const rssMb = process.memoryUsage().rss / 2 ** 20;

	await fetch(`${input.latencyUrl}/on`);
	const postWallUs = await each(post, WALL_REQUESTS, wallUs);
	const getWallUs = await each(get, WALL_REQUESTS, wallUs);
	await fetch(`${input.latencyUrl}/off`);

	const answers = [first, ...others].map(({ statusCode, body }) => ({
		status: statusCode,
		members: statusCode < 300 ? Object.keys(JSON.parse(body)).toSorted() : [],
	}));
	return { ...start, answers, earlyCpuUs, postCpuUs, getCpuUs, postWallUs, getWallUs, rssMb };
}
