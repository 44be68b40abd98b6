import { randomUUID } from 'node:crypto';
import {
	ConditionalCheckFailedException,
	DynamoDBClient,
	GetItemCommand,
	PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';

/** The calls that task-api makes for a valid request, by the SDK alone. All contestants share them. */
const dynamodb = new DynamoDBClient({});
const sns = new SNSClient({});
const { TASK_TABLE = '', TASK_TOPIC_ARN = '' } = process.env;

export interface NewTask {
	readonly type: 'greeting';
	readonly data: { readonly name: string };
	readonly tags: Readonly<Record<string, string>>;
}

export async function createTask({ type, data, tags }: NewTask) {
	const taskId = randomUUID();
	const nowMs = Date.now();
	try {
		await dynamodb.send(
			new PutItemCommand({
				TableName: TASK_TABLE,
				Item: {
					pk: { S: `$task-api#principal_local#taskId_${taskId}` },
					sk: { S: '$task_1' },
					list_pk: { S: '$task-api#principal_local#shard_0' },
					list_sk: { S: `$task_1#createdAtMs_${nowMs}#taskId_${taskId}` },
					principal: { S: 'local' },
					task_id: { S: taskId },
					type: { S: type },
					status: { S: 'PENDING' },
					tags: { M: Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, { S: value }])) },
					data: { S: JSON.stringify(data) },
					created_at_ms: { N: String(nowMs) },
					updated_at_ms: { N: String(nowMs) },
					check_at_ms: { N: String(nowMs + 60_000) },
					open_shard: { N: '0' },
					redrive_count: { N: '0' },
					status_order: { N: '0' },
					revision: { N: '1' },
				},
				ConditionExpression: 'attribute_not_exists(pk) OR expires_at <= :now',
				ExpressionAttributeValues: { ':now': { N: String(Math.floor(nowMs / 1000)) } },
			}),
		);
	} catch (error) {
		if (error instanceof ConditionalCheckFailedException) return undefined;
		throw error;
	}
	await sns.send(
		new PublishCommand({
			TopicArn: TASK_TOPIC_ARN,
			Message: JSON.stringify({
				task: { task_id: taskId, principal: 'local', type, created_at_ms: nowMs },
				data,
			}),
		}),
	);
	return resource({
		taskId,
		type,
		status: 'PENDING',
		tags,
		createdAtMs: nowMs,
		updatedAtMs: nowMs,
		redriveCount: 0,
	});
}

export async function getTask(taskId: string) {
	const { Item } = await dynamodb.send(
		new GetItemCommand({
			TableName: TASK_TABLE,
			Key: { pk: { S: `$task-api#principal_local#taskId_${taskId}` }, sk: { S: '$task_1' } },
			ConsistentRead: true,
		}),
	);
	if (Item === undefined) return undefined;
	const tags = Object.entries(Item['tags']?.M ?? {}).map(([key, value]) => [key, value.S ?? ''] as const);
	return resource({
		taskId: Item['task_id']?.S ?? '',
		type: Item['type']?.S ?? '',
		status: Item['status']?.S ?? '',
		tags: Object.fromEntries(tags),
		createdAtMs: Number(Item['created_at_ms']?.N),
		updatedAtMs: Number(Item['updated_at_ms']?.N),
		redriveCount: Number(Item['redrive_count']?.N),
	});
}

/** Builds the body of a response. */
export function resource(task: {
	taskId: string;
	type: string;
	status: string;
	tags: Readonly<Record<string, string>>;
	createdAtMs: number;
	updatedAtMs: number;
	redriveCount: number;
}) {
	const self = `/v1/tasks/${task.taskId}`;
	return {
		task_id: task.taskId,
		type: task.type,
		status: task.status,
		tags: task.tags,
		created_at: new Date(task.createdAtMs).toISOString(),
		updated_at: new Date(task.updatedAtMs).toISOString(),
		redrive_count: task.redriveCount,
		links: { self, events: `${self}/events`, cancel: `${self}/cancel` },
	};
}

export const PROBLEM = {
	type: '/problems/validation',
	title: 'The request does not match its schema',
	status: 422,
};
