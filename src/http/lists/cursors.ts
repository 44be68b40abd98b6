import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Static, TSchema } from 'typebox';
import { parseJson } from '../../parse.ts';
import { ProblemError } from '../problems/problem.ts';

/** Creates and reads the opaque, signed `cursor` of a paged list. */
export interface Cursors {
	/** Seals a position. `scope` is everything that the next page must share: the principal, the list and its filter. */
	seal(position: unknown, scope: unknown): Promise<string>;
	/**
	 * Opens a cursor.
	 * @throws {@link ProblemError} `validation` unless it was sealed here for the same scope.
	 */
	open<Schema extends TSchema>(cursor: string, scope: unknown, schema: Schema): Promise<Static<Schema>>;
}

/** Creates cursors signed by HMAC-SHA-256 with the secret that `readKey` returns. */
export function createCursors(readKey: () => Promise<string>): Cursors {
	const sign = async (position: string, scope: unknown) =>
		createHmac('sha256', await readKey())
			.update(JSON.stringify([position, scope]))
			.digest();
	return {
		async seal(position, scope) {
			const text = Buffer.from(JSON.stringify(position)).toString('base64url');
			return `${text}.${(await sign(text, scope)).toString('base64url')}`;
		},
		async open(cursor, scope, schema) {
			const [position = '', signature = ''] = cursor.split('.', 2);
			const expected = await sign(position, scope);
			const given = Buffer.from(signature, 'base64url');
			if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
				const msg = 'Invalid cursor for this list and filter';
				const faults = [{ loc: ['query', 'cursor'], type: 'value_error', msg }];
				throw new ProblemError('validation', `${msg}.`, { faults });
			}
			return parseJson(schema, Buffer.from(position, 'base64url').toString(), 'cursor');
		},
	};
}
