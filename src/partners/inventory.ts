import * as Type from 'typebox';
import type { CallOptions, PartnerClient } from './partner-client.ts';

const Sku = Type.String({ minLength: 1, maxLength: 64 });
const OrderId = Type.String({ minLength: 1, maxLength: 100 });

/** An order's items, to be kept for it. */
export const ReservationRequest = Type.Object(
	{
		order_id: OrderId,
		items: Type.Array(
			Type.Object({ sku: Sku, quantity: Type.Integer({ minimum: 1 }) }, { additionalProperties: false }),
			{ minItems: 1, maxItems: 100 },
		),
	},
	{ additionalProperties: false },
);

export type ReservationRequest = Type.Static<typeof ReservationRequest>;

/** All items are reserved, or none is and `missing` names those that are not in stock. */
export const Reservation = Type.Object({ in_stock: Type.Boolean(), missing: Type.Array(Sku) });

/** Names an order whose items are reserved. */
export const ShipmentRequest = Type.Object({ order_id: OrderId }, { additionalProperties: false });

export type ShipmentRequest = Type.Static<typeof ShipmentRequest>;

/** `tracking_id` is what the customer can follow it by. */
export const Shipment = Type.Object({ tracking_id: Type.String({ minLength: 1 }) });

/** Names what an order waits for. */
export const BackorderRequest = Type.Object(
	{ order_id: OrderId, skus: Type.Array(Sku, { minItems: 1, maxItems: 100 }) },
	{ additionalProperties: false },
);

export type BackorderRequest = Type.Static<typeof BackorderRequest>;

/** What was ordered for an order that waits. */
export const Backorder = Type.Object({ backorder_id: Type.String({ minLength: 1 }) });

/** The inventory partner: what is in stock, and what is sent from there. */
export function createInventory(client: PartnerClient) {
	return {
		reserve: (request: ReservationRequest, options: CallOptions) =>
			client.call('/reservations', request, Reservation, options),
		/** Sends what was reserved for the order. */
		ship: (request: ShipmentRequest, options: CallOptions) =>
			client.call('/shipments', request, Shipment, options),
		/** Orders what is missing; the inventory sends the whole order once it has come. */
		backorder: (request: BackorderRequest, options: CallOptions) =>
			client.call('/backorders', request, Backorder, options),
	};
}
