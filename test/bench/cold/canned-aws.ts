import { createServer } from 'node:http';

/** A row as ElectroDB keeps it: what every GET of the bench reads. */
const ITEM = {
	pk: { S: '$task-api#principal_local#taskId_019b76da-e095-7290-a95a-67d8f1b7fbb0' },
	sk: { S: '$task_1' },
	principal: { S: 'local' },
	task_id: { S: '019b76da-e095-7290-a95a-67d8f1b7fbb0' },
	type: { S: 'greeting' },
	status: { S: 'PENDING' },
	tags: { M: {} },
	data: { S: '{"name":"Ada"}' },
	created_at_ms: { N: '1767225600000' },
	updated_at_ms: { N: '1767225600000' },
	check_at_ms: { N: '1767225660000' },
	redrive_count: { N: '0' },
	status_order: { N: '0' },
	revision: { N: '1' },
	shard: { N: '0' },
	__edb_e__: { S: 'task' },
	__edb_v__: { S: '1' },
};

const PUBLISHED =
	'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>';

/** DynamoDB and SNS that answer at once and always the same: what is measured is the function, not they. */
const server = createServer((request, response) => {
	request.resume().once('end', () => {
		const operation = String(request.headers['x-amz-target']).split('.')[1];
		if (operation === undefined) return response.writeHead(200, { 'content-type': 'text/xml' }).end(PUBLISHED);
		response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
		return response.end(operation === 'GetItem' ? JSON.stringify({ Item: ITEM }) : '{}');
	});
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
	const address = server.address();
	if (typeof address === 'object') process.send?.(address?.port);
});
