import { Backorder, BackorderRequest } from '../../inventory.ts';
import { IdempotencyHeaders, idFrom } from '../idempotency.ts';
import type { PartnerApp } from '../typed-app.ts';

export function registerCreateBackorder(app: PartnerApp): void {
	app.route({
		method: 'POST',
		url: '/backorders',
		schema: { headers: IdempotencyHeaders, body: BackorderRequest, response: { 200: Backorder } },
		handler: async ({ headers }) => ({ backorder_id: idFrom('BCK', headers['idempotency-key']) }),
	});
}
