import * as Type from 'typebox';
import { defineWorkflow } from '../define-workflow.ts';
import { PARTNER_ERRORS } from '../partner-errors.ts';

const OrderItem = Type.Object(
	{
		sku: Type.String({
			minLength: 1,
			maxLength: 64,
			description: 'The ordered SKU. On a laptop SKUs that start with OUT- are out of stock.',
			examples: ['MUG-1', 'OUT-7'],
		}),
		quantity: Type.Integer({ minimum: 1, description: 'The ordered quantity.', examples: [2] }),
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
		items: Type.Array(OrderItem, { minItems: 1, maxItems: 100, description: 'The ordered items.' }),
	},
	{ additionalProperties: false },
);

/** The result of an order that is in stock. */
export const ShippedOrder = Type.Object(
	{
		order_id: Type.String({ examples: ['A-1001'] }),
		outcome: Type.Literal('shipped'),
		tracking_id: Type.String({ description: 'The id of the shipment.', examples: ['TRK-0f3b9c1d2e4a5b6c'] }),
	},
	{ title: 'ShippedOrder', additionalProperties: false },
);

/** The result of an order with missing items: nothing is shipped until they have arrived. */
export const BackorderedOrder = Type.Object(
	{
		order_id: Type.String({ examples: ['A-1001'] }),
		outcome: Type.Literal('backordered'),
		missing: Type.Array(Type.String(), {
			description: 'The SKUs that are out of stock.',
			examples: [['OUT-7']],
		}),
	},
	{ title: 'BackorderedOrder', additionalProperties: false },
);

/** The `result` of an order: either all of it is shipped, or nothing is shipped yet. */
export const OrderResult = Type.Union([ShippedOrder, BackorderedOrder]);

/** The task type `order`. */
export const workflow = defineWorkflow({
	description: 'Ships an order, or backorders it if an item is out of stock, and notifies the customer.',
	expectedSeconds: 2,
	input: OrderInput,
	result: OrderResult,
	errors: PARTNER_ERRORS,
	steps: {
		timeoutSeconds: 20,
		environment: {
			INVENTORY_URL: '${file(src/deploy/serverless.cjs):partnerUrls.inventory}',
			PARTNER_TOKENS_SECRET_ARN: { Ref: 'PartnerTokensSecret' },
		},
		permissions: [{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'PartnerTokensSecret' } }],
	},
	machine: {
		permissions: [{ Action: 'sns:Publish', Resource: { Ref: 'NotificationTopic' } }],
		substitutions: { NotificationTopicArn: { Ref: 'NotificationTopic' } },
	},
});
