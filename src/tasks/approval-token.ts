import * as Type from 'typebox';
import * as Value from 'typebox/value';
import type { ApprovalWait } from './callbacks.ts';
import type { ReadMasterKeys } from './master-keys.ts';
import { createSignedTokens } from './signed-token.ts';

/** Creates and verifies the tokens of approval links. The token of a wait is the same each time, until the key changes. */
export interface ApprovalTokens {
	readonly create: (wait: ApprovalWait) => Promise<string>;
	/** Returns the wait of a token, or `undefined` if the token is invalid. */
	readonly verify: (token: string) => Promise<ApprovalWait | undefined>;
}

/** The signed text: an array is shorter in a URL than an object. */
const Payload = Type.Tuple([
	Type.String(),
	Type.String(),
	Type.String(),
	Type.Integer(),
	Type.Integer(),
	Type.Integer(),
]);

/** Approval tokens that are signed with the keys of a secret. */
export function createApprovalTokens({
	readMasterKeys,
	now,
}: {
	readonly readMasterKeys: ReadMasterKeys;
	readonly now: () => number;
}): ApprovalTokens {
	const signed = createSignedTokens({
		readMasterKeys,
		secretName: 'approval secret',
		label: 'approval-link:',
		now,
	});
	return {
		create: ({ principal, callbackKey, taskId, createdAtMs, redriveCount, expiresAtMs }) => {
			const payload: Type.Static<typeof Payload> = [
				principal,
				callbackKey,
				taskId,
				createdAtMs,
				redriveCount,
				expiresAtMs,
			];
			return signed.create(JSON.stringify(payload));
		},
		async verify(token) {
			const text = await signed.verify(token);
			if (text === undefined) return undefined;
			const payload: unknown = JSON.parse(text);
			if (!Value.Check(Payload, payload)) return undefined;
			const [principal, callbackKey, taskId, createdAtMs, redriveCount, expiresAtMs] = payload;
			return { principal, callbackKey, taskId, createdAtMs, redriveCount, expiresAtMs };
		},
	};
}
