import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import awsLambdaFastify from '@fastify/aws-lambda';
import { Entity } from 'electrodb';
import fastify from 'fastify';
import { isNewTask } from './is-new-task.ts';
import { PROBLEM, resource } from './task-rows.ts';

/**
 * The packages on task-api's request path and nothing else: Fastify behind its adapter, ElectroDB, Powertools' logger.
 * The difference to this contestant is the cost of our own code.
 */
const { TASK_TABLE = '', TASK_TOPIC_ARN = '' } = process.env;
const sns = new SNSClient({});
const logger = new Logger();

const tasks = new Entity(
	{
		model: { service: 'task-api', entity: 'task', version: '1' },
		attributes: {
			principal: { type: 'string', required: true },
			taskId: { type: 'string', required: true, field: 'task_id' },
			type: { type: 'string', required: true },
			status: { type: 'string', required: true },
			tags: { type: 'any', required: true },
			data: { type: 'string' },
			createdAtMs: { type: 'number', required: true, field: 'created_at_ms' },
			updatedAtMs: { type: 'number', required: true, field: 'updated_at_ms' },
			expiresAtSeconds: { type: 'number', field: 'expires_at' },
			openShard: { type: 'number', field: 'open_shard' },
			checkAtMs: { type: 'number', field: 'check_at_ms' },
			redriveCount: { type: 'number', required: true, field: 'redrive_count' },
			statusOrder: { type: 'number', required: true, field: 'status_order' },
			revision: { type: 'number', required: true },
			shard: { type: 'number', required: true, hidden: true },
		},
		indexes: {
			task: {
				pk: { field: 'pk', composite: ['principal', 'taskId'], casing: 'none' },
				sk: { field: 'sk', composite: [] },
			},
			list: {
				index: 'list',
				pk: { field: 'list_pk', composite: ['principal', 'shard'], casing: 'none' },
				sk: { field: 'list_sk', composite: ['createdAtMs', 'taskId'] },
			},
		},
	},
	{ client: new DynamoDBClient({}), table: TASK_TABLE },
);

const app = fastify();

app.post('/v1/tasks', async (request, reply) => {
	const { body } = request;
	if (!isNewTask(body)) return reply.code(422).type('application/problem+json').send(PROBLEM);
	const { type, data, tags = {} } = body;
	const taskId = randomUUID();
	const nowMs = Date.now();
	const row = {
		principal: 'local',
		taskId,
		type,
		status: 'PENDING',
		tags,
		createdAtMs: nowMs,
		updatedAtMs: nowMs,
		redriveCount: 0,
	};
	await tasks
		.put({
			...row,
			data: JSON.stringify(data),
			checkAtMs: nowMs + 60_000,
			openShard: 0,
			statusOrder: 0,
			revision: 1,
			shard: 0,
		})
		.where(
			({ principal, expiresAtSeconds }, { notExists, lte }) =>
				`${notExists(principal)} OR ${lte(expiresAtSeconds, Math.floor(nowMs / 1000))}`,
		)
		.go({ response: 'none' });
	const task = { task_id: taskId, principal: 'local', type, created_at_ms: nowMs };
	await sns.send(new PublishCommand({ TopicArn: TASK_TOPIC_ARN, Message: JSON.stringify({ task, data }) }));
	logger.info('task accepted', { task_id: taskId });
	const accepted = resource(row);
	return reply.code(202).headers({ location: accepted.links.self, 'retry-after': '1' }).send(accepted);
});

app.get<{ Params: { taskId: string } }>('/v1/tasks/:taskId', async ({ params: { taskId } }, reply) => {
	const { data: row } = await tasks.get({ principal: 'local', taskId }).go({ consistent: true });
	if (row === null)
		return reply
			.code(404)
			.type('application/problem+json')
			.send({ ...PROBLEM, status: 404 });
	return reply.header('retry-after', '1').send(resource(row));
});

/** Handles the events of API Gateway. */
export const handler = awsLambdaFastify(app);

/** Starts while the function loads, as our functions do. */
export const ready = app.ready();
