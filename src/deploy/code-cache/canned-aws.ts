import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { statusOrder } from '../../tasks/transition.ts';

/** A pending task as the task store writes it. The canned table has one for each id that is asked for. */
const itemOf = (taskId: string) => ({
	pk: { S: `$task-api#principal_local#taskId_${taskId}` },
	sk: { S: '$task_1' },
	principal: { S: 'local' },
	task_id: { S: taskId },
	type: { S: 'greeting' },
	status: { S: 'PENDING' },
	tags: { M: {} },
	data: { S: '{"name":"Ada"}' },
	created_at_ms: { N: '1767225600000' },
	updated_at_ms: { N: '1767225600000' },
	check_at_ms: { N: '1767225660000' },
	redrive_count: { N: '0' },
	status_order: { N: String(statusOrder('PENDING', 0)) },
	revision: { N: '1' },
	shard: { N: '0' },
	__edb_e__: { S: 'task' },
	__edb_v__: { S: '1' },
});

/** The response of an operation to a request body. An operation without a response of its own gets `{}`. */
function responseTo(operation: string, body: string): object {
	if (operation === 'StartExecution') return { executionArn: 'arn', startDate: 1_767_225_600 };
	const [, taskId = ''] = /#taskid_([0-9a-f-]{36})"/i.exec(body) ?? [];
	// No principal has webhooks.
	if (operation === 'GetItem') return taskId === '' ? {} : { Item: itemOf(taskId) };
	if (operation === 'UpdateItem') return { Attributes: itemOf(taskId) };
	return {};
}

const PUBLISH_RESPONSE =
	'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>';

/** How long each service takes to answer, in milliseconds. */
export interface Latencies {
	readonly dynamodbMs: number;
	readonly snsMs: number;
}

async function answer(
	request: IncomingMessage,
	response: ServerResponse,
	{ dynamodbMs, snsMs }: Latencies,
): Promise<void> {
	const body = await text(request);
	const operation = String(request.headers['x-amz-target']).split('.')[1];
	const latencyMs = operation === undefined ? snsMs : dynamodbMs;
	if (latencyMs > 0) await delay(latencyMs);
	if (operation === undefined) {
		response.writeHead(200, { 'content-type': 'text/xml' }).end(PUBLISH_RESPONSE);
		return;
	}
	response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
	response.end(JSON.stringify(responseTo(operation, body)));
}

/**
 * DynamoDB, SNS and Step Functions with fixed responses, for the warm-up of bundles and for measurements.
 * Without latencies they answer at once.
 */
export function createCannedAws(latencies: Latencies = { dynamodbMs: 0, snsMs: 0 }): Server {
	const server = createServer((request, response) => void answer(request, response, latencies));
	server.keepAliveTimeout = 600_000;
	return server;
}
