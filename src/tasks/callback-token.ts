import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ReadMasterKeys } from './master-keys.ts';
import { createSignedTokens } from './signed-token.ts';

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

/** Callback tokens that are signed with the keys of a secret. */
export function createCallbackTokens(dependencies: CallbackTokenDependencies): CallbackTokens {
	const { readMasterKeys, fixedTokens, now } = dependencies;
	const fixed = Object.entries(fixedTokens).map(([token, principal]) => ({ mac: digest(token), principal }));
	const signed = createSignedTokens({ readMasterKeys, secretName: 'callback secret', label: '', now });
	return {
		// Another function may have seen a rotation already; a token of the oldest key would soon be invalid.
		create: (principal) => signed.create(principal, { fresh: true }),
		async verify(token) {
			const given = digest(token);
			const match = fixed.find(({ mac }) => timingSafeEqual(mac, given));
			return match === undefined ? signed.verify(token) : match.principal;
		},
	};
}

/** Digests have one length, as a comparison in constant time needs. */
function digest(text: string): Buffer {
	return createHmac('sha256', 'callback-token').update(text).digest();
}
