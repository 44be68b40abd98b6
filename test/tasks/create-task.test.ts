import { test } from 'tap';
import { UNLIMITED } from '../../src/tasks/acceptance-limit.ts';
import { createTaskCreator } from '../../src/tasks/create-task.ts';
import { newTaskId } from '../../src/tasks/task-id.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';

function setup() {
	const now = () => Date.UTC(2026, 0, 1);
	const store = createMemoryTaskStore({ retentionSeconds: 3600, now });
	const createTask = createTaskCreator({
		store,
		publisher: { publish: async () => undefined },
		limit: UNLIMITED,
		announceCallback: async () => undefined,
		now,
		newTaskId,
		log: createRecordingLog().log,
	});
	return { store, createTask };
}

test('data that would not pass through the services behind the API is refused before anything is accepted', async (t) => {
	const { createTask, store } = setup();
	const create = (bytes: number) =>
		createTask({ principal: 'ada', type: 'large', data: 'x'.repeat(bytes - 2), tags: {} });
	t.match(await create(200 * 1024), { kind: 'accepted' });
	t.match(await create(200 * 1024 + 1), { kind: 'too-large' });
	t.equal((await store.list('ada', { limit: 10 })).tasks.length, 1);
});
