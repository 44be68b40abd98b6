import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import { test } from 'tap';
import { createPages } from '../../../src/local-aws/gateway/pages.ts';

test('a page is served by its path or by a prefix, for GET and HEAD only', async (t) => {
	const page =
		(name: string): RequestListener =>
		(_request, response) =>
			void response.end(name);
	const answer = createPages({ '/': page('root'), '/app': page('app'), '/app/*': page('below') });
	const server = createServer((request, response) => {
		if (!answer(request, response)) response.writeHead(418).end();
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	const address = server.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	const ask = async (path: string, method = 'GET') => {
		const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
		return response.status === 200 ? response.text() : response.status;
	};
	t.equal(await ask('/'), 'root');
	t.equal(await ask('/?query'), 'root');
	t.equal(await ask('/app'), 'app');
	t.equal(await ask('/app/a/b?c'), 'below');
	t.equal(await ask('/app', 'HEAD'), '');
	t.equal(await ask('/application'), 418);
	t.equal(await ask('/v1/tasks'), 418);
	t.equal(await ask('/', 'POST'), 418);
});
