import * as Type from 'typebox';
import type { DeliveryKey } from './deliveries.ts';

/** A message of the sender's queue: the key of a delivery. */
export const DeliveryMessage = Type.Object({
	principal: Type.String({ minLength: 1 }),
	webhook_id: Type.String(),
	delivery_id: Type.String(),
});

/** Returns the text of the message for a delivery. */
export function deliveryMessage({ principal, webhookId, deliveryId }: DeliveryKey): string {
	return JSON.stringify({ principal, webhook_id: webhookId, delivery_id: deliveryId });
}

/** Returns the key that a message contains. */
export function deliveryKeyOf({
	principal,
	webhook_id,
	delivery_id,
}: Type.Static<typeof DeliveryMessage>): DeliveryKey {
	return { principal, webhookId: webhook_id, deliveryId: delivery_id };
}
