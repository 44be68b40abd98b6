import * as Type from 'typebox';

const OrderItem = Type.Object(
	{
		sku: Type.String({
			minLength: 1,
			maxLength: 64,
			description: 'What is ordered. On a laptop a SKU that begins with OUT- is out of stock.',
			examples: ['MUG-1', 'OUT-7'],
		}),
		quantity: Type.Integer({ minimum: 1, description: 'How many of it.', examples: [2] }),
	},
	{ additionalProperties: false },
);

/** The `data` of an order. */
export const OrderInput = Type.Object(
	{
		order_id: Type.String({
			minLength: 1,
			maxLength: 100,
			description: 'The client’s own id of the order.',
			examples: ['A-1001'],
		}),
		items: Type.Array(OrderItem, { minItems: 1, maxItems: 100, description: 'What is ordered.' }),
	},
	{ additionalProperties: false },
);

export type OrderInput = Type.Static<typeof OrderInput>;
