import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import dynalite from 'dynalite';
import * as Type from 'typebox';
import { parseInput } from '../endpoint/parse-input.ts';
import type { HttpService } from '../endpoint/service.ts';
import { readBody } from '../read-body.ts';
import { createStaleAnswers } from './stale-answers.ts';

export interface DynamoDb {
	readonly service: HttpService;
	/** The TTL attribute of each table that has one. */
	readonly timeToLive: ReadonlyMap<string, string>;
	close(): Promise<void>;
}

const UpdateTimeToLive = Type.Object({
	TableName: Type.String(),
	TimeToLiveSpecification: Type.Object({ AttributeName: Type.String(), Enabled: Type.Boolean() }),
});
const OfTable = Type.Object({ TableName: Type.String() });

export interface DynamoDbOptions {
	/** Absent: all is in memory. */
	readonly path?: string | undefined;
	/** Whether an eventually consistent read is to be answered as it was the last time. */
	readonly isStale?: () => boolean;
}

/** DynamoDB by dynalite, with the time to live that it lacks. */
export function createDynamoDb({ path, isStale = () => false }: DynamoDbOptions): DynamoDb {
	// In memory each item is a few small buffers, which stay: cut from Node's pool, each would keep 8 KiB with it.
	if (path === undefined) Buffer.poolSize = 0;
	const server = dynalite({
		...(path === undefined ? {} : { path }),
		createTableMs: 0,
		deleteTableMs: 0,
		updateTableMs: 0,
	});
	const timeToLive = new Map<string, string>();
	const own: Readonly<Record<string, (input: unknown) => object>> = {
		UpdateTimeToLive(input) {
			const { TableName, TimeToLiveSpecification } = parseInput(UpdateTimeToLive, input);
			if (TimeToLiveSpecification.Enabled) timeToLive.set(TableName, TimeToLiveSpecification.AttributeName);
			else timeToLive.delete(TableName);
			return { TimeToLiveSpecification };
		},
		DescribeTimeToLive(input) {
			const AttributeName = timeToLive.get(parseInput(OfTable, input).TableName);
			return {
				TimeToLiveDescription:
					AttributeName === undefined
						? { TimeToLiveStatus: 'DISABLED' }
						: { TimeToLiveStatus: 'ENABLED', AttributeName },
			};
		},
	};

	const stale = createStaleAnswers(isStale);
	const underWay = new Set<Promise<unknown>>();
	let isClosed = false;
	const answer = async (request: IncomingMessage, response: ServerResponse) => {
		const body = await readBody(request);
		if (isClosed) return void response.destroy();
		const name = String(request.headers['x-amz-target']).split('.')[1] ?? '';
		const operation = own[name];
		if (operation === undefined) {
			const input = body.toString();
			const earlier = stale.answerTo(name, input);
			if (earlier !== undefined)
				return void response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(earlier);
			const given = answered(response);
			underWay.add(given);
			handOver(server, request, body, response);
			stale.keep(name, input, await given);
			return void underWay.delete(given);
		}
		const text = JSON.stringify(operation(JSON.parse(body.toString())));
		response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(text);
	};

	return {
		service: {
			signingName: 'dynamodb',
			handle(request, response) {
				// A client that hangs up in the middle of its request is owed no answer.
				answer(request, response).catch(() => response.destroy());
			},
		},
		timeToLive,
		async close() {
			// dynalite ends the process over a request that finds its tables closed.
			isClosed = true;
			await Promise.all(underWay);
			server.listen(0, '127.0.0.1');
			await once(server, 'listening');
			await promisify(server.close.bind(server))();
		},
	};
}

/** Gives dynalite the request with its body at hand: it ends the process where a request breaks off while it reads. */
function handOver(
	server: Server,
	{ method, url, headers }: IncomingMessage,
	body: Buffer,
	response: ServerResponse,
): void {
	const request = Object.assign(new EventEmitter(), { method, url, headers });
	server.emit('request', request, response);
	if (body.length > 0) request.emit('data', body);
	request.emit('end');
}

/** The body of what is answered, be it to a client that has gone. */
function answered(response: ServerResponse): Promise<unknown> {
	return new Promise((resolve) => {
		const end = response.end.bind(response);
		Object.assign(response, {
			end(body: unknown) {
				resolve(body);
				return end(body);
			},
		});
	});
}
