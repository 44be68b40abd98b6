import { createHmac, timingSafeEqual } from 'node:crypto';
import { parseMasterKeys, type ReadMasterKeys } from './master-keys.ts';

/** The keys, tokens and clock that callback tokens need. */
export interface CallbackTokenDependencies {
	/** The secret's value: one key as plain text, or JSON `{"current", "previous"}`. */
	readonly readMasterKeys: ReadMasterKeys;
	/** Tokens that are not signed, with their principals: for a development stage. */
	readonly fixedTokens: Readonly<Record<string, string>>;
	readonly now: () => number;
}

/** Creates and verifies callback tokens. A token is `base64url(principal).HMAC` and is stored nowhere. */
export interface CallbackTokens {
	readonly create: (principal: string) => Promise<string>;
	/** Returns the token's principal, or `undefined` if the token is invalid. */
	readonly verify: (token: string) => Promise<string | undefined>;
}

/** Minimum time between two uncached reads of the secret, so that invalid tokens cause few of them. */
const MIN_FRESH_READ_INTERVAL_MS = 1000;

/** The name of the secret in error messages. */
const SECRET_NAME = 'callback secret';

const TOKEN = /^([A-Za-z0-9_-]{1,4096})\.([A-Za-z0-9_-]{43})$/;

/** Callback tokens that are signed with the keys of a secret. */
export function createCallbackTokens(dependencies: CallbackTokenDependencies): CallbackTokens {
	const { readMasterKeys, fixedTokens, now } = dependencies;
	const fixed = Object.entries(fixedTokens).map(([token, principal]) => ({ mac: digest(token), principal }));
	let lastFreshRead: { readonly atMs: number; readonly value: Promise<string> } | undefined;
	const readFresh = () => {
		if (lastFreshRead === undefined || now() - lastFreshRead.atMs >= MIN_FRESH_READ_INTERVAL_MS)
			lastFreshRead = { atMs: now(), value: readMasterKeys({ fresh: true }) };
		return lastFreshRead.value;
	};
	return {
		async create(principal) {
			// Another function may have seen the rotation already; a token of the oldest key would soon be invalid.
			const [current] = parseMasterKeys(await readMasterKeys({ fresh: true }), SECRET_NAME);
			const name = Buffer.from(principal).toString('base64url');
			return `${name}.${sign(current, name).toString('base64url')}`;
		},

		async verify(token) {
			const given = digest(token);
			const match = fixed.find(({ mac }) => timingSafeEqual(mac, given));
			if (match !== undefined) return match.principal;
			const [, name, signature] = TOKEN.exec(token) ?? [];
			if (name === undefined || signature === undefined) return undefined;
			const mac = Buffer.from(signature, 'base64url');
			const isValid = (keys: readonly string[]) =>
				keys.map((key) => timingSafeEqual(sign(key, name), mac)).includes(true);
			// The cached keys may be from before a rotation.
			const isGenuine =
				isValid(parseMasterKeys(await readMasterKeys(), SECRET_NAME)) ||
				isValid(parseMasterKeys(await readFresh(), SECRET_NAME));
			return isGenuine ? Buffer.from(name, 'base64url').toString() : undefined;
		},
	};
}

function sign(key: string, name: string): Buffer {
	return createHmac('sha256', key).update(name).digest();
}

/** Digests have one length, as a comparison in constant time needs. */
function digest(text: string): Buffer {
	return createHmac('sha256', 'callback-token').update(text).digest();
}
