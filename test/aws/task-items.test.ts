import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { test } from 'tap';
import { createTaskEntity } from '../../src/aws/task-entity.ts';
import { createTaskItems } from '../../src/aws/task-items.ts';
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

test('a task is the item that ElectroDB would put, and comes back as it was', async (t) => {
	const client = new DynamoDBClient({ region: 'us-east-1' });
	t.teardown(() => client.destroy());
	const tasks = createTaskEntity(client, 'tasks');
	const { itemOf, keyOf, taskOf } = createTaskItems(tasks);
	fc.assert(
		fc.property(anyTask, (task) => {
			const item = itemOf(task);
			const { pk, sk } = item;
			t.strictSame(item, putByElectroDb(task, item));
			t.strictSame(keyOf(task), { pk, sk });
			t.strictSame(taskOf(item), task);
			return t.passing();
		}),
	);

	function putByElectroDb({ data, result, ...task }: Task, { shard, open_shard }: ReturnType<typeof itemOf>) {
		const members = {
			...task,
			shard: Number(shard),
			openShard: Number(open_shard),
			...(data === undefined ? {} : { data: JSON.stringify(data) }),
			...(result === undefined ? {} : { result: JSON.stringify(result) }),
		};
		return tasks.put(members).params<{ Item: unknown }>().Item;
	}
});
