import * as Type from 'typebox';
import * as Value from 'typebox/value';
import type { TaskIncarnation } from './task.ts';
import { executionName } from './task-message.ts';

/** The maximum size of data in messages, rows and states: 256 KiB of Step Functions and SNS, less their envelopes. */
export const MAX_INLINE_BYTES = 200 * 1024;

/** Replaces JSON that is too large for a message, a row or a state: the key of the object that contains it. */
const Claim = Type.Object({ $claim: Type.String() }, { additionalProperties: false });

/** The member name that only claims may have. */
export const CLAIM_MEMBER = '$claim';

/** The port for large JSON. Objects expire after 30 days. */
export interface ClaimStore {
	put(key: string, text: string): Promise<void>;
	get(key: string): Promise<string>;
}

type Execution = Pick<TaskIncarnation, 'taskId' | 'createdAtMs'>;

/** Returns the object key for a large value of a task's execution. */
export function claimKey(task: Execution, name: string): string {
	return `${claimPrefix(task)}${name}.json`;
}

/**
 * Returns the object key in a claim, or `undefined` for any other value. A claim is only valid below the prefix of its
 * own execution: a claim that came from a client could otherwise read another principal's object.
 */
export function claimedKey(value: unknown, task: Execution): string | undefined {
	if (typeof value !== 'object' || value === null || !(CLAIM_MEMBER in value)) return undefined;
	if (!Value.Check(Claim, value)) return undefined;
	const prefix = claimPrefix(task);
	const name = value.$claim.slice(prefix.length);
	return value.$claim.startsWith(prefix) && name.endsWith('.json') && !name.includes('/')
		? value.$claim
		: undefined;
}

/** Whether the object was written by the task's own execution: a large value, an output or a log. */
export function isOwnObject(objectKey: string, task: Execution): boolean {
	return /^(claims|outputs|logs)\/([^/]+)\/[^/]+$/.exec(objectKey)?.[2] === executionName(task);
}

/** Returns the path of the first member named `$claim`, or `undefined` if the data has none. */
export function findClaimMember(data: unknown): readonly (string | number)[] | undefined {
	if (typeof data !== 'object' || data === null) return undefined;
	for (const [name, member] of Array.isArray(data) ? data.entries() : Object.entries(data)) {
		if (name === CLAIM_MEMBER) return [name];
		const path = findClaimMember(member);
		if (path !== undefined) return [name, ...path];
	}
	return undefined;
}

/** Whether JSON is too large to be passed inline. */
export function isLarge(text: string): boolean {
	return Buffer.byteLength(text) > MAX_INLINE_BYTES;
}

/** Returns the value, or a claim to it if it is too large. `keyOf` derives the object key from the JSON. */
export async function checkIn(
	value: unknown,
	keyOf: (text: string) => string,
	claims: Pick<ClaimStore, 'put'>,
): Promise<unknown> {
	const text = JSON.stringify(value) ?? 'null';
	if (!isLarge(text)) return value;
	const $claim = keyOf(text);
	await claims.put($claim, text);
	return { $claim };
}

/** Returns the value with the task's own claims replaced by their content: the value itself, or its members. */
export async function redeem(
	value: unknown,
	task: Execution,
	claims: Pick<ClaimStore, 'get'>,
): Promise<unknown> {
	const key = claimedKey(value, task);
	if (key !== undefined) return JSON.parse(await claims.get(key));
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
	const members = Object.entries(value).map(async ([name, member]) => {
		const own = claimedKey(member, task);
		return [name, own === undefined ? member : JSON.parse(await claims.get(own))] as const;
	});
	return Object.fromEntries(await Promise.all(members));
}

function claimPrefix(task: Execution): string {
	return `claims/${executionName(task)}/`;
}
