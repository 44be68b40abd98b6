import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Test, test } from 'tap';
import { exitCode, runProgram } from '../support/child-stack.ts';

/** An OAuth issuer that records its requests and returns a fixed response. */
async function setup(t: Test, status: number, response: object) {
	const requests: { authorization: string | undefined; body: Record<string, string> }[] = [];
	const answer = async (request: IncomingMessage, reply: ServerResponse) => {
		const body = Object.fromEntries(new URLSearchParams(await text(request)));
		requests.push({ authorization: request.headers.authorization, body });
		reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(response));
	};
	const server = createServer((request, reply) => void answer(request, reply));
	t.teardown(() => server.close());
	await new Promise<void>((resolve) => {
		server.listen(0, '127.0.0.1', resolve);
	});
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('The server has no port.');
	const client = {
		TOKEN_URL: `http://127.0.0.1:${address.port}/oauth/token`,
		TOKEN_CLIENT_ID: 'smoke',
		TOKEN_CLIENT_SECRET: 'p@ss:word',
	};
	return {
		requests,
		requestToken: async (environment: Readonly<Record<string, string>>) => {
			const { process, output } = runProgram('src/deploy/request-token.ts', [], {
				...client,
				...environment,
			});
			return { code: await exitCode(process), output: output() };
		},
	};
}

test('a token is requested by client credentials', async (t) => {
	const { requests, requestToken } = await setup(t, 200, { access_token: 'a-token', expires_in: 300 });
	t.match(await requestToken({ TOKEN_SCOPE: 'tasks:read tasks:write', TOKEN_AUDIENCE: '' }), {
		code: 0,
		output: /^a-token\n$/,
	});
	t.strictSame(requests, [
		{
			authorization: `Basic ${Buffer.from('smoke:p%40ss%3Aword').toString('base64')}`,
			body: { grant_type: 'client_credentials', scope: 'tasks:read tasks:write' },
		},
	]);
});

test('a refused client fails with the response of the issuer', async (t) => {
	const { requestToken } = await setup(t, 401, { error: 'invalid_client' });
	t.match(await requestToken({}), { code: 1, output: /returned 401: \{"error":"invalid_client"\}/ });
	const unusable = await setup(t, 200, { token: 'a-token' });
	t.match(await unusable.requestToken({}), { code: 1, output: /token response/ });
	t.match(await unusable.requestToken({ TOKEN_CLIENT_ID: '' }), { code: 1, output: /TOKEN_CLIENT_ID/ });
});
