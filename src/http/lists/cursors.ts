import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Static, TSchema } from 'typebox';
import { parseJson } from '../../parse.ts';
import { ProblemError } from '../problems/problem.ts';

/** Makes and reads the `cursor` of a paged list: opaque, signed, and good only for what it was made for. */
export interface Cursors {
	/** `scope` is all that the next page must have in common: the principal, the list, its filter. */
	seal(position: unknown, scope: unknown): Promise<string>;
	/** Throws the 422 where it was not sealed here for this very scope. */
	open<Schema extends TSchema>(cursor: string, scope: unknown, schema: Schema): Promise<Static<Schema>>;
}

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
				throw new ProblemError('validation', 'The cursor is not one of this list.', [
					{ loc: ['query', 'cursor'], type: 'value_error', msg: 'Cursor is not one of this list and filter' },
				]);
			}
			return parseJson(schema, Buffer.from(position, 'base64url').toString(), 'cursor');
		},
	};
}
