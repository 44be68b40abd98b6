import type { FastifyRequest } from 'fastify';
import * as Type from 'typebox';

export const CURSOR = Type.Optional(
	Type.String({
		maxLength: 1000,
		description: 'The `next_cursor` of the page before, with the same filter.',
	}),
);

export const NEXT_CURSOR = Type.Optional(
	Type.String({ description: 'Where the next page begins; absent on the last one.' }),
);

/** How many entries a page holds at most. */
export function pageLimit(minimum: number, maximum: number, preset: number) {
	return Type.Optional(
		Type.Integer({ minimum, maximum, description: `How many at most; ${preset} where it is left out.` }),
	);
}

/** A query has texts only: makes these of its members the integers that they are, where they are. */
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
