import { test } from 'tap';
import { createCallbackTokens } from '../../src/tasks/callback-token.ts';

function setup(secret: string, fixedTokens: Record<string, string> = {}) {
	let nowMs = 0;
	let stored = secret;
	let cached = secret;
	let freshReads = 0;
	const open = () =>
		createCallbackTokens({
			readMasterKeys: async ({ fresh } = { fresh: false }) => {
				if (fresh) {
					freshReads += 1;
					cached = stored;
				}
				return cached;
			},
			fixedTokens,
			now: () => nowMs,
		});
	return {
		tokens: open(),
		rotate: (next: string) => (stored = next),
		advance: (ms: number) => (nowMs += ms),
		freshReads: () => freshReads,
	};
}

test('a token names its principal and is valid without being stored', async (t) => {
	const { tokens } = setup('a-key');
	for (const principal of ['ada', 'auth0|5f7c', 'ada@example.com', 'Ζoë 😀', 'x'.repeat(1000)]) {
		const token = await tokens.create(principal);
		t.match(token, /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/);
		t.equal(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString(), principal);
		t.equal(await tokens.verify(token), principal);
		t.equal(await setup('a-key').tokens.verify(token), principal, 'another function agrees');
		t.equal(await setup('another-key').tokens.verify(token), undefined);
	}
});

test('a changed token is invalid', async (t) => {
	const { tokens } = setup('a-key');
	const token = await tokens.create('ada');
	const [name = '', mac = ''] = token.split('.');
	const eve = Buffer.from('eve').toString('base64url');
	for (const wrong of [
		'',
		'.',
		name,
		mac,
		`${eve}.${mac}`,
		`${name}.${mac}x`,
		`${name}.${mac.slice(1)}A`,
		`${token}.`,
		`${name}.`,
		'a-key',
	])
		t.equal(await tokens.verify(wrong), undefined, wrong);
});

test('a rotation invalidates no token', async (t) => {
	const first = 'the-first-key';
	const { tokens, rotate, advance } = setup(first);
	const ofFirst = await tokens.create('ada');
	const rotated = JSON.stringify({ current: 'the-second-key', previous: first });
	// Another function has seen the rotation already.
	const ofSecond = await setup(rotated).tokens.create('ada');
	rotate(rotated);
	advance(1000);
	const verified = await Promise.all([ofSecond, ofSecond, ofFirst].map((token) => tokens.verify(token)));
	t.strictSame(verified, ['ada', 'ada', 'ada']);
	t.equal(await tokens.create('ada'), ofSecond, 'new tokens have the current key');

	rotate(JSON.stringify({ current: 'the-third-key', previous: 'the-second-key' }));
	advance(1000);
	await tokens.create('ada');
	t.equal(await tokens.verify(ofSecond), 'ada');
	advance(1000);
	t.equal(await tokens.verify(ofFirst), undefined, 'its key was removed');
});

test('invalid tokens read the secret at most once a second', async (t) => {
	const { tokens, advance, freshReads } = setup('a-key');
	const token = await setup('another-key').tokens.create('ada');
	for (let attempt = 0; attempt < 5; attempt++) await tokens.verify(token);
	t.equal(freshReads(), 1);
	for (let attempt = 0; attempt < 5; attempt++) await tokens.verify('not-a-token');
	t.equal(freshReads(), 1, 'other text reads nothing');
	advance(1000);
	await tokens.verify(token);
	t.equal(freshReads(), 2);
});

test('a secret that is empty or malformed admits no caller and is not shown', async (t) => {
	const token = await setup('a-key').tokens.create('ada');
	for (const secret of ['', '{}', '{"current":""}', '{"current":"a-key"', '{"current":"a-key","next":"x"}']) {
		const { tokens } = setup(secret);
		for (const attempt of [() => tokens.verify(token), () => tokens.create('ada')]) {
			const error: unknown = await attempt().then(
				() => undefined,
				(reason: unknown) => reason,
			);
			t.match(error, { message: /^The callback secret/ });
			t.notMatch(String(error), 'a-key');
		}
	}
	t.equal(await setup('{"current":"a-key","previous":""}').tokens.verify(token), 'ada');
});

test('a fixed token has its principal, beside created ones', async (t) => {
	const { tokens } = setup('a-key', { 'local-callback-secret': 'local' });
	t.equal(await tokens.verify('local-callback-secret'), 'local');
	t.equal(await tokens.verify('local-callback-secre'), undefined);
	t.equal(await tokens.verify(await tokens.create('local')), 'local');
	t.equal(await setup('a-key').tokens.verify('local-callback-secret'), undefined);
});
