import { createHash } from 'node:crypto';
import * as Type from 'typebox';

/** Every POST carries a key; the same key and body give the same answer, with nothing to be kept for it. */
export const IdempotencyHeaders = Type.Object({
	'idempotency-key': Type.String({ minLength: 1, maxLength: 200 }),
});

/** An id that follows from the key: `TRK-2f3a...`. */
export function idFrom(prefix: string, idempotencyKey: string): string {
	const digest = createHash('sha256').update(`${prefix}\n${idempotencyKey}`).digest('hex');
	return `${prefix}-${digest.slice(0, 16)}`;
}
