import { Shipment, ShipmentRequest } from '../../inventory.ts';
import { IdempotencyHeaders, idFrom } from '../idempotency.ts';
import type { PartnerApp } from '../typed-app.ts';

export function registerCreateShipment(app: PartnerApp): void {
	app.route({
		method: 'POST',
		url: '/shipments',
		schema: { headers: IdempotencyHeaders, body: ShipmentRequest, response: { 200: Shipment } },
		handler: async ({ headers }) => ({ tracking_id: idFrom('TRK', headers['idempotency-key']) }),
	});
}
