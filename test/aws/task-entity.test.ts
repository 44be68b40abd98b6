import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { test } from 'tap';
import { createTaskEntity, fromItem, toItem } from '../../src/aws/task-entity.ts';
import { TASK_STATUSES, type Task } from '../../src/tasks/task.ts';

const text = fc.string({ minLength: 1 });
const json = fc.json().map((value): unknown => JSON.parse(value));
const ms = fc.integer({ min: 1, max: 4_102_444_800_000 });

const anyTask: fc.Arbitrary<Task> = fc.record(
	{
		principal: text,
		taskId: fc.uuid(),
		type: text,
		status: fc.constantFrom(...TASK_STATUSES),
		tags: fc.dictionary(text, text, { noNullPrototype: true }),
		createdAtMs: ms,
		updatedAtMs: ms,
		redriveCount: fc.nat(),
		statusOrder: fc.nat(),
		revision: fc.integer({ min: 1 }),
		data: json,
		traceparent: text,
		fingerprint: text,
		startedAtMs: ms,
		finishedAtMs: ms,
		expiresAtSeconds: ms,
		checkAtMs: ms,
		cancelRequestedAtMs: ms,
		cancelRequestedRedrive: fc.nat(),
		callbackKey: text,
		waitingFor: fc.record({ callbackKey: text, sinceMs: ms, expiresAtMs: ms }, { noNullPrototype: true }),
		progress: fc.record({ percent: fc.nat(100), message: text }, { noNullPrototype: true }),
		progressAtMs: ms,
		result: json,
		error: fc.record({ code: text, message: text }, { noNullPrototype: true }),
	},
	{
		noNullPrototype: true,
		requiredKeys: [
			'principal',
			'taskId',
			'type',
			'status',
			'tags',
			'createdAtMs',
			'updatedAtMs',
			'redriveCount',
			'statusOrder',
			'revision',
		],
	},
);

test('a task is unchanged after a round trip through its item', async (t) => {
	const client = new DynamoDBClient({ region: 'us-east-1' });
	t.teardown(() => client.destroy());
	const tasks = createTaskEntity(client, 'tasks');
	fc.assert(
		fc.property(anyTask, (task) => {
			const { Item } = tasks.put(toItem(task)).params<{ Item: Record<string, unknown> }>();
			const { data } = tasks.parse({ Item });
			if (data === null) throw new Error('ElectroDB does not recognise the item.');
			t.strictSame(fromItem(data), task);
			return t.passing();
		}),
	);
});
