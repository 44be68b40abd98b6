import { test } from 'tap';
import { createRouteSelector } from '../../../src/local-aws/gateway/route-selector.ts';

const ROUTES = [
	'$default',
	'ANY /{proxy+}',
	'GET /pets/{proxy+}',
	'GET /pets/dog/{id}',
	'ANY /pets/dog/{id}',
	'ANY /pets/dog/1',
	'GET /pets/dog/1',
	'GET /pets/{kind}/1',
	'DELETE /toys',
].map((routeKey) => ({ routeKey }));

test('the most specific route is selected, regardless of order', async (t) => {
	const table: [request: string, routeKey: string, parameters: object][] = [
		['GET /pets/dog/1', 'GET /pets/dog/1', {}],
		['PUT /pets/dog/1', 'ANY /pets/dog/1', {}],
		['GET /pets/dog/2', 'GET /pets/dog/{id}', { id: '2' }],
		['PUT /pets/dog/2', 'ANY /pets/dog/{id}', { id: '2' }],
		['GET /pets/cat/1', 'GET /pets/{kind}/1', { kind: 'cat' }],
		['GET /pets/cat/2', 'GET /pets/{proxy+}', { proxy: 'cat/2' }],
		['POST /pets/cat/2', 'ANY /{proxy+}', { proxy: 'pets/cat/2' }],
		['GET /toys', 'ANY /{proxy+}', { proxy: 'toys' }],
		['DELETE /toys', 'DELETE /toys', {}],
		['DELETE /toys/', 'ANY /{proxy+}', { proxy: 'toys/' }],
		['GET /pets/dog/', 'GET /pets/{proxy+}', { proxy: 'dog/' }],
		['GET //pets//x', 'ANY /{proxy+}', { proxy: '/pets//x' }],
		['GET /', '$default', {}],
	];
	for (const routes of [ROUTES, ROUTES.toReversed()]) {
		const select = createRouteSelector(routes);
		for (const [request, routeKey, pathParameters] of table) {
			const [method = '', path = ''] = request.split(' ');
			t.strictSame(select(method, path), { route: { routeKey }, pathParameters }, request);
		}
	}
});

test('no route is selected if none matches', async (t) => {
	const select = createRouteSelector([
		{ routeKey: 'GET /v1/tasks/{task_id}' },
		{ routeKey: 'ANY /v1/{path+}' },
	]);
	for (const path of ['/', '/v1', '/v1/', '/v2/tasks', '/V1/tasks/1', 'v1/tasks/1', '']) {
		t.equal(select('GET', path), undefined, path);
	}
});

test('an invalid route key stops the start', async (t) => {
	for (const routeKey of ['/tasks', 'get /tasks', 'GET tasks', '* /tasks', '']) {
		t.throws(() => createRouteSelector([{ routeKey }]), /route key/, routeKey);
	}
});
