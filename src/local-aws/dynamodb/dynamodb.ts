import { EventEmitter, once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import dynalite from 'dynalite';
import * as Type from 'typebox';
import * as Value from 'typebox/value';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError, type HttpService } from '../endpoint/service.ts';
import { readBody } from '../read-body.ts';
import { createStaleAnswers } from './stale-answers.ts';
import { createTransactions, TransactionCanceledError } from './transactions.ts';

/** A running DynamoDB. */
export interface DynamoDb {
	readonly service: HttpService;
	/** The TTL attribute of each table that has one. */
	readonly timeToLive: ReadonlyMap<string, string>;
	close(): Promise<void>;
}

/** Settings of DynamoDB. */
export interface DynamoDbOptions {
	/** Folder of the database. Default: in memory. */
	readonly path?: string | undefined;
	/** Decides whether an eventually consistent read repeats its previous answer. */
	readonly isStale?: () => boolean;
	/** Epoch milliseconds. */
	readonly now?: () => number;
}

const UpdateTimeToLive = Type.Object({
	TableName: Type.String(),
	TimeToLiveSpecification: Type.Object({ AttributeName: Type.String(), Enabled: Type.Boolean() }),
});
const OfTable = Type.Object({ TableName: Type.String() });

/** The operations of dynalite 4.0.0; it answers others with an empty message. */
const DYNALITE_OPERATIONS = [
	'BatchGetItem',
	'BatchWriteItem',
	'CreateTable',
	'DeleteItem',
	'DeleteTable',
	'DescribeTable',
	'GetItem',
	'ListTables',
	'ListTagsOfResource',
	'PutItem',
	'Query',
	'Scan',
	'TagResource',
	'UntagResource',
	'UpdateItem',
	'UpdateTable',
];

/** A failed write whose answer contains the item, if the request asks for it. */
const ReturningWrite = Type.Object({
	TableName: Type.String(),
	Key: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
	Item: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
	ReturnValuesOnConditionCheckFailure: Type.Literal('ALL_OLD'),
});

const CONTENT_TYPE = { 'content-type': 'application/x-amz-json-1.0' };

/** DynamoDB by dynalite, with the parts that it lacks: TTL settings, transactions, clear errors. */
export function createDynamoDb({ path, isStale = () => false, now = Date.now }: DynamoDbOptions): DynamoDb {
	// In memory each item is a few small buffers that stay: from Node's pool, each would retain 8 KiB.
	if (path === undefined) Buffer.poolSize = 0;
	const server = dynalite({
		...(path === undefined ? {} : { path }),
		createTableMs: 0,
		deleteTableMs: 0,
		updateTableMs: 0,
	});
	const ask = (operation: string, body: string, headers: IncomingHttpHeaders = {}) =>
		emitRequest((request, response) => server.emit('request', request, response), operation, body, headers);
	const call = async (operation: string, input: object): Promise<unknown> => {
		const { status, body } = await ask(operation, JSON.stringify(input));
		const output: unknown = JSON.parse(body);
		if (status === 200) return output;
		const { __type, message, Message } = Object(output);
		throw new AwsError(String(__type).split('#').at(-1) ?? '', String(message ?? Message ?? ''), status);
	};
	const timeToLive = new Map<string, string>();
	const transactions = createTransactions(call, now);
	const own: Readonly<Record<string, (input: unknown) => object>> = timeToLiveOperations(timeToLive);
	const exclusive: Readonly<Record<string, (input: unknown) => Promise<object>>> = transactions;
	const known = [...DYNALITE_OPERATIONS, ...Object.keys(own), ...Object.keys(exclusive)].toSorted();

	const stale = createStaleAnswers(isStale);
	const turns = createTurns();
	let isClosed = false;

	/** Passes a request to dynalite. */
	const forward = async (name: string, text: string, headers: IncomingHttpHeaders): Promise<Answer> => {
		const earlier = stale.answerTo(name, text);
		if (earlier !== undefined) return { status: 200, headers: CONTENT_TYPE, body: earlier.toString() };
		const answer = await ask(name, text, headers);
		if (answer.status === 200) stale.keep(name, text, answer.body);
		return withFailedItem(call, text, answer);
	};
	const answerTo = async (request: IncomingMessage): Promise<Answer> => {
		const text = (await readBody(request)).toString();
		const name = String(request.headers['x-amz-target']).split('.')[1] ?? '';
		const transaction = exclusive[name];
		if (transaction !== undefined) {
			const output = await turns.alone(() => transaction(parseBody(text)));
			return { status: 200, headers: CONTENT_TYPE, body: JSON.stringify(output) };
		}
		if (own[name] !== undefined)
			return { status: 200, headers: CONTENT_TYPE, body: JSON.stringify(own[name](parseBody(text))) };
		if (DYNALITE_OPERATIONS.includes(name)) return turns.shared(() => forward(name, text, request.headers));
		throw new AwsError(
			'UnknownOperationException',
			`The local DynamoDB has no operation ${name}. It has: ${known.join(', ')}.`,
		);
	};

	return {
		service: {
			signingName: 'dynamodb',
			handle(request, response) {
				const answer = isClosed ? Promise.reject(new Error('closed')) : answerTo(request).catch(errorAnswer);
				answer.then(
					({ status, headers, body }) => response.writeHead(status, headers).end(body),
					// A client that closes the connection during its request gets no answer.
					() => response.destroy(),
				);
			},
		},
		timeToLive,
		async close() {
			// dynalite ends the process if a request finds its tables closed.
			isClosed = true;
			await turns.alone(async () => undefined);
			server.listen(0, '127.0.0.1');
			await once(server, 'listening');
			await promisify(server.close.bind(server))();
		},
	};
}

/** An answer before it is sent. */
interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

function timeToLiveOperations(timeToLive: Map<string, string>) {
	return {
		UpdateTimeToLive(input: unknown) {
			const { TableName, TimeToLiveSpecification } = parseInput(UpdateTimeToLive, input);
			if (TimeToLiveSpecification.Enabled) timeToLive.set(TableName, TimeToLiveSpecification.AttributeName);
			else timeToLive.delete(TableName);
			return { TimeToLiveSpecification };
		},
		DescribeTimeToLive(input: unknown) {
			const AttributeName = timeToLive.get(parseInput(OfTable, input).TableName);
			return {
				TimeToLiveDescription:
					AttributeName === undefined
						? { TimeToLiveStatus: 'DISABLED' }
						: { TimeToLiveStatus: 'ENABLED', AttributeName },
			};
		},
	};
}

/** Lets many operations run together, but a transaction alone. */
function createTurns() {
	const running = new Set<Promise<unknown>>();
	let alone: Promise<unknown> = Promise.resolve();
	const waiting = new Set<symbol>();
	return {
		async shared<Result>(run: () => Promise<Result>): Promise<Result> {
			while (waiting.size > 0) await alone;
			const result = run();
			const settled = result.catch(() => undefined).finally(() => running.delete(settled));
			running.add(settled);
			return result;
		},
		async alone<Result>(run: () => Promise<Result>): Promise<Result> {
			const turn = Symbol('turn');
			waiting.add(turn);
			const result = alone.then(() => Promise.all(running)).then(run);
			alone = result.catch(() => undefined).finally(() => waiting.delete(turn));
			return result;
		},
	};
}

function parseBody(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw new AwsError('SerializationException', 'The request body is not JSON.');
	}
}

function errorAnswer(error: unknown): Answer {
	if (!(error instanceof AwsError)) throw error;
	const { code, message, statusCode } = error;
	const reasons = error instanceof TransactionCanceledError ? { CancellationReasons: error.reasons } : {};
	const body = { __type: `com.amazonaws.dynamodb.v20120810#${code}`, message, ...reasons };
	return {
		status: statusCode,
		headers: { ...CONTENT_TYPE, 'x-amzn-errortype': code },
		body: JSON.stringify(body),
	};
}

/** Adds the item to the answer of a failed condition if the request asks for it; dynalite does not. */
async function withFailedItem(
	call: (operation: string, input: object) => Promise<unknown>,
	text: string,
	answer: Answer,
): Promise<Answer> {
	if (answer.status !== 400 || !text.includes('ReturnValuesOnConditionCheckFailure')) return answer;
	if (!answer.body.includes('ConditionalCheckFailedException')) return answer;
	const input = parseBody(text);
	if (!Value.Check(ReturningWrite, input)) return answer;
	const { Table } = Object(await call('DescribeTable', { TableName: input.TableName }));
	const names: string[] = Object(Table).KeySchema.map((key: unknown) => Object(key).AttributeName);
	const Key = Object.fromEntries(names.map((name) => [name, (input.Key ?? input.Item)?.[name]]));
	const read = await call('GetItem', { TableName: input.TableName, Key, ConsistentRead: true });
	const { Item } = Object(read);
	const body = JSON.stringify({
		...Object(JSON.parse(answer.body)),
		...(Item === undefined ? {} : { Item }),
	});
	const { 'x-amz-crc32': _, 'content-length': __, ...headers } = answer.headers;
	return { ...answer, headers, body };
}

/** A signature that passes dynalite's checks, for calls of this module. */
const SIGNED: IncomingHttpHeaders = {
	'content-type': 'application/x-amz-json-1.0',
	'x-amz-date': '20260101T000000Z',
	authorization:
		'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
};

/**
 * Gives dynalite a request with its whole body, and returns its answer. dynalite ends the process if a client closes the
 * connection while it reads.
 */
function emitRequest(
	emit: (request: EventEmitter, response: EventEmitter) => void,
	operation: string,
	body: string,
	headers: IncomingHttpHeaders,
): Promise<Answer> {
	return new Promise((resolve) => {
		const request = Object.assign(new EventEmitter(), {
			method: 'POST',
			url: '/',
			headers: { ...SIGNED, ...headers, 'x-amz-target': `DynamoDB_20120810.${operation}` },
		});
		const answered: Record<string, string> = {};
		const response = Object.assign(new EventEmitter(), {
			statusCode: 200,
			setHeader: (name: string, value: unknown) => void (answered[name.toLowerCase()] = String(value)),
			end(this: Pick<ServerResponse, 'statusCode'>, text: unknown = '') {
				resolve({ status: this.statusCode, headers: answered, body: String(text) });
			},
		});
		emit(request, response);
		if (body !== '') request.emit('data', Buffer.from(body));
		request.emit('end');
	});
}
