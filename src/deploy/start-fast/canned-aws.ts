import { createServer, type Server } from 'node:http';
import { statusOrder } from '../../tasks/transition.ts';

export const CANNED_TASK_ID = '019b76da-e095-7290-a95a-67d8f1b7fbb0';

/** A row as the task store keeps it. */
const ITEM = {
	pk: { S: `$task-api#principal_local#taskId_${CANNED_TASK_ID}` },
	sk: { S: '$task_1' },
	principal: { S: 'local' },
	task_id: { S: CANNED_TASK_ID },
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
};

const ANSWERS: Readonly<Record<string, unknown>> = {
	GetItem: { Item: ITEM },
	UpdateItem: { Attributes: ITEM },
	StartExecution: { executionArn: 'arn', startDate: 1_767_225_600 },
};

const PUBLISHED =
	'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>';

/** DynamoDB, SNS and Step Functions that answer at once and always the same, for functions that are warmed up or measured. */
export function createCannedAws(): Server {
	const server = createServer((request, response) => {
		request.resume().once('end', () => {
			const operation = String(request.headers['x-amz-target']).split('.')[1];
			if (operation === undefined)
				return response.writeHead(200, { 'content-type': 'text/xml' }).end(PUBLISHED);
			response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
			return response.end(JSON.stringify(ANSWERS[operation] ?? {}));
		});
	});
	server.keepAliveTimeout = 600_000;
	return server;
}
