import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import dynalite from 'dynalite';
import { Type } from 'typebox';
import { parseInput } from '../endpoint/parse-input.ts';
import type { HttpService } from '../endpoint/service.ts';

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

/** DynamoDB by dynalite, with the time to live that it lacks. Without a `path` all is in memory. */
export function createDynamoDb({ path }: { readonly path?: string | undefined }): DynamoDb {
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

	const answer = async (request: IncomingMessage, response: ServerResponse) => {
		const body = await buffer(request);
		const operation = own[String(request.headers['x-amz-target']).split('.')[1] ?? ''];
		if (operation === undefined) return void server.emit('request', replayed(request, body), response);
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
			server.listen(0, '127.0.0.1');
			await once(server, 'listening');
			await promisify(server.close.bind(server))();
		},
	};
}

/** The request again with its body at hand: dynalite ends the process where a request breaks off while it reads. */
function replayed({ method, url, headers }: IncomingMessage, body: Buffer): Readable {
	return Object.assign(Readable.from(body.length === 0 ? [] : [body]), { method, url, headers });
}
