import { SentMessage, StakeholderMessage } from '../../notification.ts';
import { IdempotencyHeaders, idFrom } from '../idempotency.ts';
import type { PartnerApp } from '../typed-app.ts';

export function registerSendMessage(app: PartnerApp): void {
	app.route({
		method: 'POST',
		url: '/messages',
		schema: { headers: IdempotencyHeaders, body: StakeholderMessage, response: { 200: SentMessage } },
		handler: async ({ headers }) => ({ message_id: idFrom('MSG', headers['idempotency-key']) }),
	});
}
