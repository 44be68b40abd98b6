import { type Static, Type } from 'typebox';

/** The `data` of an order. */
export const OrderInput = Type.Object(
	{
		order_id: Type.String({ minLength: 1, maxLength: 100, examples: ['A-4711'] }),
		items: Type.Array(
			Type.Object(
				{
					sku: Type.String({ minLength: 1, maxLength: 100, examples: ['SKU-1'] }),
					quantity: Type.Integer({ minimum: 1, examples: [2] }),
				},
				{ additionalProperties: false },
			),
			{ minItems: 1, maxItems: 100, description: 'What is ordered.' },
		),
	},
	{ additionalProperties: false },
);

export type OrderInput = Static<typeof OrderInput>;
