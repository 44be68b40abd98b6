import { DatabaseSync } from 'node:sqlite';
import { test } from 'tap';
import { createStore } from '../../../src/local-aws/step-functions/store.ts';

test('failed writes are repeated with the next flush', async (t) => {
	const file = `${t.testdir({})}/states.db`;
	const store = createStore(file);
	t.teardown(() => store.close());
	const other = new DatabaseSync(file);
	t.teardown(() => other.close());
	const event = { id: 1, previousEventId: 0, key: 'began', type: 'ExecutionStarted', timestampMs: 0 };

	other.exec('BEGIN IMMEDIATE');
	store.saveEvent('arn', event);
	t.throws(() => store.flush(), { message: /locked/ });
	other.exec('COMMIT');

	t.match(store.events('arn'), [event]);
});
