import { pathToFileURL } from 'node:url';

/** What a sandbox's start took: load, init and the first event. CPU is of all threads, in microseconds. */
export interface Start {
	readonly coldCpuUs: number;
	readonly coldWallUs: number;
}

/** What the whole life of a sandbox of the API took. */
export interface Life extends Start {
	readonly answers: readonly { readonly status: number; readonly members: readonly string[] }[];
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

/** The bundle, and its events as JSON: the first alone for a function of the queues, a POST, a GET and a bad POST for the API. */
const [file = '', json = ''] = process.argv.slice(2);
const [firstEvent, ...apiEvents]: readonly unknown[] = JSON.parse(json);

const begunCpuUs = cpuUs();
const begunAtMs = performance.now();
const module: { handler: Handler } = await import(pathToFileURL(file).href);
const { handler } = module;
const first = await handler(firstEvent, CONTEXT);
const start: Start = {
	coldCpuUs: cpuUs() - begunCpuUs,
	coldWallUs: (performance.now() - begunAtMs) * 1000,
};

const told = apiEvents.length === 0 ? start : await liveOn(firstEvent, ...apiEvents);
process.send?.(told, () => process.exit(0));

/** The life after the first POST. */
async function liveOn(post: unknown, get?: unknown, badPost?: unknown): Promise<Life> {
	const each = async (event: unknown, count: number) => {
		const before = cpuUs();
		for (let done = 0; done < count; done++) await handler(event, CONTEXT);
		return (cpuUs() - before) / count;
	};

	await handler(post, CONTEXT);
	const earlyCpuUs = await each(post, EARLY.last - EARLY.first + 1);
	const others = [await handler(get, CONTEXT), await handler(badPost, CONTEXT)];
	await each(post, WARM_UP);
	await each(get, WARM_UP);
	const postCpuUs = await each(post, MEASURED);
	const getCpuUs = await each(get, MEASURED);

	const answers = [first, ...others].map(({ statusCode, body }) => ({
		status: statusCode,
		members: statusCode < 300 ? Object.keys(JSON.parse(body)).toSorted() : [],
	}));
	return {
		...start,
		answers,
		earlyCpuUs,
		postCpuUs,
		getCpuUs,
		rssMb: process.memoryUsage().rss / 2 ** 20,
	};
}
