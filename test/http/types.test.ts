import { test } from 'tap';
import * as Value from 'typebox/value';
import { WORKFLOWS } from '../../src/workflows/catalog.ts';
import { createTestApi } from '../support/api.ts';

test('every type lists its schemas, times and definition', async (t) => {
	const { request } = createTestApi(t);
	const list = await request('GET', '/v1/types');
	t.match(list, { status: 200, headers: { 'cache-control': 'private, max-age=300', etag: /^W\// } });
	const { types } = Object(list.body);
	t.strictSame(
		types.map(({ type }: { type: string }) => type),
		Object.keys(WORKFLOWS),
	);
	for (const type of types)
		t.strictSame((await request('GET', `/v1/types/${type.type}`)).body, type, `${type.type} by itself`);

	const greeting = types.find(({ type }: { type: string }) => type === 'greeting');
	t.match(greeting, {
		expected_seconds: 1,
		timeout_seconds: 900,
		definition: {
			StartAt: 'Validate',
			States: {
				Validate: { Type: 'Task', Next: 'Process', Catch: [{ ErrorEquals: ['ValidationError'] }] },
				NotifySuccess: { End: true },
				ValidationFailed: { Type: 'Fail', Error: 'ValidationError' },
			},
		},
	});
	t.ok(Value.Check(greeting.input_schema, { name: 'Ada' }), 'the schema can be used as it is');
	t.notOk(Value.Check(greeting.input_schema, { name: '' }));
});

test('responses contain no internals', async (t) => {
	const { request } = createTestApi(t);
	t.notMatch(JSON.stringify((await request('GET', '/v1/types')).body), /arn:|\$\{|FunctionName|Arguments/);
});

test('a current ETag gets 304, and an unknown type 404', async (t) => {
	const { request } = createTestApi(t);
	for (const path of ['/v1/types', '/v1/types/greeting']) {
		const etag = String((await request('GET', path)).headers['etag']);
		t.match(await request('GET', path, { headers: { 'if-none-match': etag } }), { status: 304 });
		t.match(await request('GET', path, { headers: { 'x-test-principal': 'nobody' } }), { status: 401 });
	}
	for (const type of ['nothing', 'constructor', '__proto__', 'Greeting'])
		t.match(await request('GET', `/v1/types/${type}`), {
			status: 404,
			body: { type: '/problems/not-found' },
		});
});
