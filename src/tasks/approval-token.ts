import * as Type from 'typebox';
import * as Value from 'typebox/value';
import type { ReadMasterKeys } from './master-keys.ts';
import { createSignedTokens } from './signed-token.ts';
import type { Task, TaskIncarnation } from './task.ts';

/** The wait of a task that an approval link ends, once and until its end. */
export interface ApprovalWait extends TaskIncarnation {
	readonly callbackKey: string;
	readonly redriveCount: number;
	/** The end of the wait. Two waits of one execution differ in it. */
	readonly expiresAtMs: number;
}

/** Returns the wait that a task shows. */
export function approvalWaitOf(
	{ principal, taskId, createdAtMs, redriveCount }: Task,
	{ callbackKey, expiresAtMs }: NonNullable<Task['waitingFor']>,
): ApprovalWait {
	return { principal, taskId, createdAtMs, redriveCount, callbackKey, expiresAtMs };
}

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
