import { createHmac, timingSafeEqual } from 'node:crypto';
import { parseMasterKeys, type ReadMasterKeys } from './master-keys.ts';

/** The keys and the clock of signed tokens. */
export interface SignedTokenDependencies {
	/** The secret's value: one key as plain text, or JSON `{"current", "previous"}`. */
	readonly readMasterKeys: ReadMasterKeys;
	/** The name of the secret in error messages. */
	readonly secretName: string;
	/** Begins every signed text, so that a token for one purpose is invalid for another. */
	readonly label: string;
	readonly now: () => number;
}

/** Creates and verifies tokens of the form `base64url(payload).HMAC`, which are stored nowhere. */
export interface SignedTokens {
	/** Signs a payload by the current key. `fresh` reads the secret first. */
	readonly create: (payload: string, options?: { readonly fresh: boolean }) => Promise<string>;
	/** Returns the payload of a token of the current or the previous key, or `undefined` if the token is invalid. */
	readonly verify: (token: string) => Promise<string | undefined>;
}

/** Minimum time between two uncached reads of the secret, so that invalid tokens cause few of them. */
const MIN_FRESH_READ_INTERVAL_MS = 1000;

const TOKEN = /^([A-Za-z0-9_-]{1,4096})\.([A-Za-z0-9_-]{43})$/;

/** Tokens that are signed with the keys of a secret. */
export function createSignedTokens(dependencies: SignedTokenDependencies): SignedTokens {
	const { readMasterKeys, secretName, label, now } = dependencies;
	const sign = (key: string, text: string) =>
		createHmac('sha256', key)
			.update(label + text)
			.digest();
	let lastFreshRead: { readonly atMs: number; readonly value: Promise<string> } | undefined;
	const readFresh = () => {
		if (lastFreshRead === undefined || now() - lastFreshRead.atMs >= MIN_FRESH_READ_INTERVAL_MS)
			lastFreshRead = { atMs: now(), value: readMasterKeys({ fresh: true }) };
		return lastFreshRead.value;
	};
	return {
		async create(payload, options) {
			const [current] = parseMasterKeys(await readMasterKeys(options), secretName);
			const text = Buffer.from(payload).toString('base64url');
			return `${text}.${sign(current, text).toString('base64url')}`;
		},

		async verify(token) {
			const [, text, signature] = TOKEN.exec(token) ?? [];
			if (text === undefined || signature === undefined) return undefined;
			const mac = Buffer.from(signature, 'base64url');
			// The last character has two unused bits: only one of its four spellings is valid.
			if (mac.toString('base64url') !== signature) return undefined;
			const isValid = (keys: readonly string[]) =>
				keys.map((key) => timingSafeEqual(sign(key, text), mac)).includes(true);
			// The cached keys may be from before a rotation.
			const isGenuine =
				isValid(parseMasterKeys(await readMasterKeys(), secretName)) ||
				isValid(parseMasterKeys(await readFresh(), secretName));
			return isGenuine ? Buffer.from(text, 'base64url').toString() : undefined;
		},
	};
}
