import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { type Test, test } from 'tap';
import { areAllowed, findUrlFault, isAllowedAddress } from '../../src/partners/webhook-address.ts';
import { createReceiverClient, type ReceiverClientOptions } from '../../src/partners/webhook-receiver.ts';

const PUBLIC = { allowLoopback: false };
const LAPTOP = { allowLoopback: true };

const REFUSED = [
	'0.0.0.0',
	'10.0.0.1',
	'100.64.0.1',
	'127.0.0.1',
	'127.8.8.8',
	'169.254.169.254',
	'172.16.0.1',
	'192.0.2.1',
	'192.168.1.1',
	'198.18.0.1',
	'224.0.0.1',
	'240.0.0.1',
	'255.255.255.255',
	'::',
	'::1',
	'::127.0.0.1',
	'::ffff:10.0.0.1',
	'::ffff:169.254.169.254',
	'64:ff9b::10.0.0.1',
	'2001:db8::1',
	'2002:a00:1::',
	'fc00::1',
	'fd00:ec2::254',
	'fe80::1',
	'fe80::1%eth0',
	'ff02::1',
	'not an address',
	'',
];

test('only public unicast addresses are allowed', async (t) => {
	for (const address of REFUSED) t.notOk(isAllowedAddress(address, PUBLIC), address);
	for (const address of ['1.1.1.1', '93.184.216.34', '2606:4700::1111', '::ffff:1.1.1.1'])
		t.ok(isAllowedAddress(address, PUBLIC), address);
});

test('a laptop also allows loopback addresses, and nothing else', async (t) => {
	const loopback = new Set(['127.0.0.1', '127.8.8.8', '::1', '::127.0.0.1']);
	for (const address of REFUSED) t.equal(isAllowedAddress(address, LAPTOP), loopback.has(address), address);
});

test('every notation of an IPv4 address has the same result', async () => {
	const octet = fc.integer({ min: 0, max: 255 });
	fc.assert(
		fc.property(octet, octet, octet, octet, (a, b, c, d) => {
			const plain = `${a}.${b}.${c}.${d}`;
			const isAllowed = isAllowedAddress(plain, PUBLIC);
			const number = ((a * 256 + b) * 256 + c) * 256 + d;
			const notations = [plain, String(number), `0x${number.toString(16)}`, `[::ffff:${plain}]`];
			return (
				isAllowedAddress(`::ffff:${plain}`, PUBLIC) === isAllowed &&
				notations.every((host) => (findUrlFault(`https://${host}/`, PUBLIC) === undefined) === isAllowed)
			);
		}),
	);
});

test('the URL of a receiver is https, without credentials', async (t) => {
	for (const url of ['https://example.com/hooks?x=1', 'https://example.com:8443/'])
		t.equal(findUrlFault(url, PUBLIC), undefined, url);
	for (const url of [
		'http://example.com/',
		'ftp://example.com/',
		'https://user:secret@example.com/',
		'https://169.254.169.254/latest/meta-data/',
		'https://[::1]/',
		'https://127.1/',
		`https://example.com/${'x'.repeat(2048)}`,
		'example.com',
		'',
	])
		t.type(findUrlFault(url, PUBLIC), 'string', url);
	t.equal(findUrlFault('http://localhost:4000/', LAPTOP), undefined);
});

test('one refused address refuses the whole name', async (t) => {
	const [good, bad] = [
		{ address: '1.1.1.1', family: 4 },
		{ address: '10.0.0.1', family: 4 },
	];
	t.ok(areAllowed([good], PUBLIC));
	t.notOk(areAllowed([good, bad], PUBLIC));
});

const SECRETS = ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'];

/** Starts a receiver and returns a function that sends one request to it. */
async function startReceiver(t: Test, listener: RequestListener) {
	const server = createServer(listener).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	const { port } = Object(server.address());
	const origin = `http://127.0.0.1:${port}`;
	const send = (options: Partial<ReceiverClientOptions> = {}, url = `${origin}/hook`) =>
		createReceiverClient({ ...LAPTOP, now: Date.now, ...options })({
			url,
			body: '{"type":"task.succeeded"}',
			id: 'd1',
			sentAtMs: Date.now(),
			secrets: SECRETS,
		});
	return { origin, port, send };
}

test('the official library verifies a request with each of its secrets', async (t) => {
	const requests: { readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];
	const { send } = await startReceiver(t, (request, response) => {
		void text(request).then((body) => {
			requests.push({ headers: request.headers, body });
			return response.writeHead(204).end();
		});
	});
	t.match(await send(), { statusCode: 204 });
	const [request] = requests;
	if (request === undefined) throw new Error('No request arrived.');
	const headers = Object.fromEntries(
		Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
	);
	for (const secret of SECRETS)
		t.strictSame(new Webhook(secret).verify(request.body, headers), { type: 'task.succeeded' });
	t.throws(() => new Webhook('whsec_AAAA').verify(request.body, headers));
	t.throws(() => new Webhook(SECRETS[0] ?? '').verify(`${request.body} `, headers));
});

test('a redirect is not followed', async (t) => {
	const paths: string[] = [];
	const { send } = await startReceiver(t, ({ url = '' }, response) => {
		paths.push(url);
		response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
	});
	t.match(await send(), { statusCode: 302 });
	t.strictSame(paths, ['/hook']);
});

test('of a response of 10 MB only the beginning is read', async (t) => {
	let written = 0;
	const { send } = await startReceiver(t, (_request, response) => {
		response.writeHead(200);
		const write = () => {
			while (written < 10_000_000) {
				written += 65_536;
				if (!response.write('x'.repeat(65_536))) return void response.once('drain', write);
			}
			response.end();
		};
		response.on('error', () => undefined);
		write();
	});
	const outcome = await send();
	t.match(outcome, { statusCode: 200 });
	t.equal(outcome.response?.length, 1024);
	t.ok(written < 10_000_000, `${written} bytes were written`);
});

test('a receiver that is slow, closes early or does not exist fails the attempt', async (t) => {
	const slow = await startReceiver(t, () => undefined);
	t.match(await slow.send({ timeoutMs: 50 }), { error: 'No response within 0.05 s.' });
	const closing = await startReceiver(t, (request) => request.socket.destroy());
	t.match(await closing.send(), { error: 'The connection failed: ECONNRESET.' });
	t.match(await closing.send({}, 'http://127.0.0.1:1/'), { error: 'The connection failed: ECONNREFUSED.' });
	const cut = await startReceiver(t, (_request, response) => {
		response.writeHead(200, { 'content-length': '100' });
		response.write('x', () => response.destroy());
	});
	t.match(await cut.send(), { statusCode: 200 }, 'the status counts, however the body ends');
});

test('Retry-After is read as seconds and as a date', async (t) => {
	let value = '120';
	const { send } = await startReceiver(t, (_request, response) => {
		response.writeHead(503, { 'retry-after': value }).end();
	});
	const now = () => Date.UTC(2026, 0, 1);
	t.match(await send({ now }), { statusCode: 503, retryAfterMs: 120_000 });
	value = 'Thu, 01 Jan 2026 00:10:00 GMT';
	t.match(await send({ now }), { retryAfterMs: 600_000 });
	value = 'soon';
	t.notOk('retryAfterMs' in (await send({ now })));
});

test('a name is resolved once, and the connection goes to the checked address', async (t) => {
	const { port, send } = await startReceiver(t, (_request, response) => response.writeHead(200).end());
	const answers = ['127.0.0.1', '10.0.0.1'];
	let lookups = 0;
	const resolve = async () => [{ address: answers[lookups++] ?? '', family: 4 }];
	const url = `http://receiver.example:${port}/`;
	t.match(await send({ resolve }, url), { statusCode: 200 });
	t.equal(lookups, 1, 'a second answer is not asked for');
	t.match(await send({ resolve }, url), { error: 'The host name has an address that is not allowed.' });
	t.match(
		await send({ resolve: async () => [{ address: '127.0.0.1', family: 4 }], allowLoopback: false }, url),
		{ error: 'The URL must begin with https://.' },
	);
	t.match(
		await send(
			{ resolve: async () => [{ address: '127.0.0.1', family: 4 }], allowLoopback: false },
			`https://receiver.example:${port}/`,
		),
		{ error: 'The host name has an address that is not allowed.' },
	);
});

test('a resolver that hangs or fails ends the attempt', async (t) => {
	const { send } = await startReceiver(t, () => undefined);
	const never = () => new Promise<never>(() => undefined);
	t.match(await send({ resolve: never, timeoutMs: 20 }, 'http://a.example/'), { error: /No response/ });
	const unknown = Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
	t.match(await send({ resolve: () => Promise.reject(unknown) }, 'http://a.example/'), {
		error: 'The connection failed: ENOTFOUND.',
	});
});
