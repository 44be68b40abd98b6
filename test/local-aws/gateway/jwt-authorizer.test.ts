import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import * as fc from 'fast-check';
import type { JSONWebKeySet } from 'jose';
import { test } from 'tap';
import { createJwtAuthorizer, type JwtRequirement } from '../../../src/local-aws/gateway/jwt-authorizer.ts';
import { createLocalIssuer } from '../../../src/local-aws/gateway/local-issuer.ts';

const NOW = 1_767_225_600;
const ISSUER = 'http://localhost:4000/_local';
const REQUIREMENT: JwtRequirement = { issuer: ISSUER, audience: ['task-api', 'other'], scopes: [] };

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = { ...publicKey.export({ format: 'jwk' }), kty: 'RSA', kid: 'key-1' };
const claims = { iss: ISSUER, sub: 'ada', aud: 'task-api', exp: NOW + 60, iat: NOW };

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('');

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

interface TokenParts {
	readonly header?: object;
	readonly payload?: unknown;
	readonly digest?: string;
}

function makeToken({ header = {}, payload = claims, digest = 'RSA-SHA256' }: TokenParts = {}): string {
	const signed = `${encode({ alg: 'RS256', typ: 'JWT', kid: 'key-1', ...header })}.${encode(payload)}`;
	return `${signed}.${sign(digest, Buffer.from(signed), privateKey).toString('base64url')}`;
}

function authorize(
	authorization: string | undefined,
	requirement = {},
	keys: JSONWebKeySet = { keys: [jwk] },
) {
	const authorizer = createJwtAuthorizer(
		async (issuer) => (issuer === ISSUER ? keys : { keys: [] }),
		() => NOW * 1000,
	);
	return authorizer(authorization, { ...REQUIREMENT, ...requirement });
}

test('a valid token passes, with its claims printed as HTTP APIs print them', async (t) => {
	const payload = {
		...claims,
		scope: 'tasks:read tasks:write',
		groups: ['admins', 'readers'],
		admin: true,
		address: { zip: 1, city: 'x' },
		nothing: null,
	};
	t.strictSame(await authorize(`Bearer ${makeToken({ payload })}`), {
		outcome: 'allowed',
		token: {
			claims: {
				iss: ISSUER,
				sub: 'ada',
				aud: 'task-api',
				exp: '1767225660',
				iat: '1767225600',
				scope: 'tasks:read tasks:write',
				groups: '[admins readers]',
				admin: 'true',
				address: 'map[city:x zip:1]',
				nothing: 'null',
			},
			scopes: ['tasks:read', 'tasks:write'],
		},
	});
	const bare = await authorize(makeToken());
	t.match(bare, { outcome: 'allowed', token: { scopes: null } }, 'alone, and with no scopes');
	for (const [alg, digest] of [
		['RS384', 'RSA-SHA384'],
		['RS512', 'RSA-SHA512'],
	] as const) {
		const token = makeToken({ header: { alg }, digest });
		t.match(await authorize(`bearer ${token}`), { outcome: 'allowed' }, alg);
	}
});

test('a request without a token is challenged', async (t) => {
	for (const authorization of [undefined, '', 'Bearer ']) {
		t.strictSame(await authorize(authorization), { outcome: 'unauthorized', challenge: 'Bearer' });
	}
});

test('invalid claims are rejected', async (t) => {
	const without = (name: string) =>
		Object.fromEntries(Object.entries(claims).filter(([claim]) => claim !== name));
	const table: [title: string, payload: unknown, fault: RegExp | undefined][] = [
		['audience in a list', { ...claims, aud: ['x', 'other'] }, undefined],
		['client_id for want of an audience', { ...without('aud'), client_id: 'task-api' }, undefined],
		['audience before client_id', { ...claims, aud: 'x', client_id: 'task-api' }, /valid audience/],
		['another audience', { ...claims, aud: 'task-api2' }, /valid audience/],
		['no audience', without('aud'), /valid audience/],
		['an empty list of audiences', { ...claims, aud: [] }, /valid audience/],
		['an audience of no known shape', { ...claims, aud: { 0: 'task-api' } }, /malformed/],
		['another issuer', { ...claims, iss: `${ISSUER}/` }, /issuer/],
		['no issuer', without('iss'), /malformed/],
		['expired this second', { ...claims, exp: NOW }, /expired/],
		['a second left', { ...claims, exp: NOW + 1 }, undefined],
		['no expiry', without('exp'), /malformed/],
		['an expiry in words', { ...claims, exp: String(NOW + 60) }, /malformed/],
		['valid from now', { ...claims, nbf: NOW }, undefined],
		['not valid yet', { ...claims, nbf: NOW + 1 }, /not valid yet/],
		['issued in the future', { ...claims, iat: NOW + 1 }, /in the future/],
		['no time of issue', without('iat'), undefined],
		['claims that are a list', [claims], /segments/],
		['claims that are null', null, /segments/],
	];
	for (const [title, payload, fault] of table) {
		const authorization = await authorize(`Bearer ${makeToken({ payload })}`);
		t.match(
			authorization,
			fault === undefined ? { outcome: 'allowed' } : { outcome: 'unauthorized', challenge: fault },
			title,
		);
	}
	t.match(
		await authorize(`Bearer ${makeToken({ payload: { ...claims, aud: 'x' } })}`, { scopes: ['a', 'b'] }),
		{
			challenge:
				'Bearer scope="a b" error="invalid_token" error_description="the token does not have a valid audience"',
		},
		'the challenge as AWS words it',
	);
});

test('only signatures by the issuer’s RSA keys are valid', async (t) => {
	const bySecret = `${encode({ alg: 'HS256', kid: 'key-1' })}.${encode(claims)}`;
	const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const curveJwk = { ...curve.publicKey.export({ format: 'jwk' }), kty: 'EC', kid: 'key-1' };
	const byCurve = `${encode({ alg: 'RS256', kid: 'key-1' })}.${encode(claims)}`;
	const publicPem = publicKey.export({ type: 'spki', format: 'pem' });
	const table: [title: string, token: string, keys?: JSONWebKeySet][] = [
		['no algorithm', `${encode({ alg: 'none', kid: 'key-1' })}.${encode(claims)}.`],
		[
			'a shared secret',
			`${bySecret}.${createHmac('sha256', publicPem).update(bySecret).digest('base64url')}`,
		],
		['another digest than named', makeToken({ header: { alg: 'RS512' } })],
		['RSA-PSS', makeToken({ header: { alg: 'PS256' } })],
		['an unknown key', makeToken({ header: { kid: 'key-2' } })],
		['no key named', makeToken({ header: { kid: undefined } })],
		['a critical extension', makeToken({ header: { crit: ['exp'] } })],
		['a key for encryption', makeToken(), { keys: [{ ...jwk, use: 'enc' }] }],
		['a key for another algorithm', makeToken(), { keys: [{ ...jwk, alg: 'RS512' }] }],
		['a broken key', makeToken(), { keys: [{ kty: 'RSA', kid: 'key-1' }] }],
		[
			'an elliptic curve',
			`${byCurve}.${sign('SHA256', Buffer.from(byCurve), curve.privateKey).toString('base64url')}`,
			{ keys: [curveJwk] },
		],
		['two parts', makeToken().split('.').slice(0, 2).join('.')],
		['four parts', `${makeToken()}.`],
	];
	for (const [title, token, keys] of table) {
		t.match(
			await authorize(`Bearer ${token}`, {}, keys),
			{ outcome: 'unauthorized', challenge: /invalid_token/ },
			title,
		);
	}
	t.match(
		await authorize(`Bearer ${makeToken({ header: { alg: '"quoted"' } })}`),
		{ challenge: /description="signing method quoted is invalid"$/ },
		'a token cannot write the challenge',
	);
});

test('one of the route’s scopes is enough', async (t) => {
	const table: [granted: object, required: string[], outcome: string][] = [
		[{ scope: 'a b' }, ['b', 'c'], 'allowed'],
		[{ scp: ['a', 'b'] }, ['b'], 'allowed'],
		[{ scp: 'a b' }, ['b'], 'allowed'],
		[{ scope: 'ab' }, ['a'], 'forbidden'],
		[{ scope: '' }, ['a'], 'forbidden'],
		[{}, ['a'], 'forbidden'],
		[{ scope: 'a' }, [], 'allowed'],
	];
	for (const [granted, scopes, outcome] of table) {
		const authorization = await authorize(makeToken({ payload: { ...claims, ...granted } }), { scopes });
		t.equal(authorization.outcome, outcome, JSON.stringify([granted, scopes]));
	}
});

test('no mutation of a valid token passes', async (t) => {
	const token = makeToken();
	const position = fc.nat(token.length - 1);
	const character = fc.constantFrom(...BASE64URL, '=', '.', '+', '/', ' ');
	const mutation = fc.oneof(
		fc.tuple(position, character).map(([at, by]) => token.slice(0, at) + by + token.slice(at + 1)),
		fc.tuple(position, character).map(([at, by]) => token.slice(0, at) + by + token.slice(at)),
		position.map((at) => token.slice(0, at) + token.slice(at + 1)),
		position.map((at) => token.slice(0, at)),
		fc.constantFrom(...BASE64URL).map((last) => token.slice(0, -1) + last),
	);
	await fc.assert(
		fc.asyncProperty(
			mutation.filter((mutated) => mutated !== token && mutated !== ` ${token}`),
			async (mutated) => (await authorize(`Bearer ${mutated}`)).outcome === 'unauthorized',
		),
		{ numRuns: 500 },
	);
	t.equal((await authorize(`Bearer ${token}`)).outcome, 'allowed', 'unchanged it passes');
});

test('the authorizer accepts tokens of the local issuer until they expire', async (t) => {
	let now = NOW * 1000;
	let ids = 0;
	const issuer = createLocalIssuer({
		clock: { now: () => now },
		newId: () => `id-${++ids}`,
		issuer: ISSUER,
		audience: 'task-api',
	});
	const authorizer = createJwtAuthorizer(
		() => issuer.jwks(),
		() => now,
	);
	const token = await issuer.issue({ sub: 'ada', scope: 'tasks:read' });
	t.match(await authorizer(token, { ...REQUIREMENT, scopes: ['tasks:read'] }), {
		outcome: 'allowed',
		token: { claims: { sub: 'ada' }, scopes: ['tasks:read'] },
	});
	now += 3600 * 1000;
	t.match(await authorizer(token, REQUIREMENT), { outcome: 'unauthorized', challenge: /expired/ });
	t.match(
		await authorizer(await issuer.issue({ sub: 'ada', scope: '' }, -1), REQUIREMENT),
		{ outcome: 'unauthorized' },
		'one that has expired can be had too',
	);
	t.notOk('d' in ((await issuer.jwks()).keys[0] ?? {}), 'the private key stays inside');
});
