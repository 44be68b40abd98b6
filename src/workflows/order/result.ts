import * as Type from 'typebox';

/** Everything was in stock and is on its way. */
export const ShippedOrder = Type.Object(
	{
		order_id: Type.String({ examples: ['A-1001'] }),
		outcome: Type.Literal('shipped'),
		tracking_id: Type.String({ description: 'The shipment’s id.', examples: ['TRK-0f3b9c1d2e4a5b6c'] }),
	},
	{ title: 'ShippedOrder', additionalProperties: false },
);

export type ShippedOrder = Type.Static<typeof ShippedOrder>;

/** Something was not in stock: nothing is sent until it has come. */
export const BackorderedOrder = Type.Object(
	{
		order_id: Type.String({ examples: ['A-1001'] }),
		outcome: Type.Literal('backordered'),
		missing: Type.Array(Type.String(), { description: 'The SKUs not in stock.', examples: [['OUT-7']] }),
	},
	{ title: 'BackorderedOrder', additionalProperties: false },
);

export type BackorderedOrder = Type.Static<typeof BackorderedOrder>;

/** The `result` of an order: all of it is sent, or none of it yet. */
export const OrderResult = Type.Union([ShippedOrder, BackorderedOrder]);
