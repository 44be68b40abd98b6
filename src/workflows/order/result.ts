import { type Static, Type } from 'typebox';

/** The `result` of an order. */
export const OrderResult = Type.Object(
	{
		order_id: Type.String({ examples: ['A-4711'] }),
		outcome: Type.Enum(['shipped', 'backordered']),
		tracking_id: Type.Optional(Type.String({ description: 'There where it was shipped.' })),
		missing: Type.Optional(
			Type.Array(Type.String(), {
				description: 'The SKUs that were out of stock, where it was backordered.',
			}),
		),
	},
	{ additionalProperties: false },
);

export type OrderResult = Static<typeof OrderResult>;
