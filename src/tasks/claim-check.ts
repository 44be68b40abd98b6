import * as Type from 'typebox';
import * as Value from 'typebox/value';

/** Step Functions and SNS take 256 KiB, and what is around the data needs room too. */
export const MAX_INLINE_BYTES = 200 * 1024;

/** What stands in a message, a row or a state in the place of JSON that is too large for it: the key of an object. */
const Claim = Type.Object({ $claim: Type.String() }, { additionalProperties: false });

/** Where large JSON waits for who has the claim to it. Objects are forgotten after 30 days. */
export interface ClaimStore {
	put(key: string, text: string): Promise<void>;
	get(key: string): Promise<string>;
}

/** The key in a claim, or undefined where the value is none. */
export function claimedKey(value: unknown): string | undefined {
	// Nearly all are none, and are to cost nothing.
	if (typeof value !== 'object' || value === null || !('$claim' in value)) return undefined;
	return Value.Check(Claim, value) ? value.$claim : undefined;
}

export function isLarge(text: string): boolean {
	return Buffer.byteLength(text) > MAX_INLINE_BYTES;
}

/** The value itself or, where it is large, a claim to it. `keyOf` makes the key from the JSON. */
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

/** The value with what its claims stand for: itself, or its members. */
export async function redeem(value: unknown, claims: Pick<ClaimStore, 'get'>): Promise<unknown> {
	const key = claimedKey(value);
	if (key !== undefined) return JSON.parse(await claims.get(key));
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
	const members = Object.entries(value).map(async ([name, member]) => {
		const own = claimedKey(member);
		return [name, own === undefined ? member : JSON.parse(await claims.get(own))] as const;
	});
	return Object.fromEntries(await Promise.all(members));
}
