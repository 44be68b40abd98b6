import { Reservation, ReservationRequest } from '../../inventory.ts';
import { IdempotencyHeaders } from '../idempotency.ts';
import type { PartnerApp } from '../typed-app.ts';

/** A SKU that begins like this is never in stock. */
const OUT_OF_STOCK = 'OUT-';

export function registerCreateReservation(app: PartnerApp): void {
	app.route({
		method: 'POST',
		url: '/reservations',
		schema: { headers: IdempotencyHeaders, body: ReservationRequest, response: { 200: Reservation } },
		async handler({ body }) {
			const skus = new Set(body.items.map(({ sku }) => sku));
			const missing = [...skus].filter((sku) => sku.startsWith(OUT_OF_STOCK));
			return { in_stock: missing.length === 0, missing };
		},
	});
}
