import type { FastifyRequest } from 'fastify';
import * as Type from 'typebox';

/** Schema of the `cursor` query parameter. */
export const CURSOR = Type.Optional(
	Type.String({
		maxLength: 1000,
		description: '`next_cursor` of the previous page, with the same filter.',
	}),
);

/** Schema of the `next_cursor` member of a page. */
export const NEXT_CURSOR = Type.Optional(
	Type.String({ description: 'Cursor of the next page. Absent on the last page.' }),
);

/** Schema of the `limit` query parameter. */
export function pageLimit(minimum: number, maximum: number, defaultLimit: number) {
	return Type.Optional(
		Type.Integer({
			minimum,
			maximum,
			description: `Maximum number of entries on the page. Default: ${defaultLimit}.`,
		}),
	);
}

/** Creates a `preValidation` hook that converts integers in the query, which arrive as text, to numbers. */
export function parseIntegers(...members: readonly string[]) {
	return async (request: Pick<FastifyRequest, 'query'>): Promise<void> => {
		const query: Record<string, unknown> = { ...Object(request.query) };
		for (const member of members) {
			const text = query[member];
			if (typeof text === 'string' && /^-?\d{1,15}$/.test(text)) query[member] = Number(text);
		}
		request.query = query;
	};
}
