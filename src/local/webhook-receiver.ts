import { setTimeout as delay } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import * as Type from 'typebox';
import type { LocalRoute } from '../local-aws/index.ts';
import { parseValue } from '../parse.ts';
import { createWebhookSecrets } from '../tasks/webhook-secret.ts';
import { LOCAL_WEBHOOK_SECRET } from './settings.ts';

/** A request that arrived at the receiver. */
interface Received {
	readonly received_at: string;
	readonly webhook_id: string | undefined;
	/** Whether the signature matches a known secret. */
	readonly is_verified: boolean;
	readonly body: unknown;
}

/** A receiver of webhooks on the laptop. */
export interface WebhookReceiver {
	/** Routes of the receiver, by `METHOD /_local/path`. */
	readonly routes: Readonly<Record<string, LocalRoute>>;
	/** Sets the share of requests that are answered with 500, or only after the timeout of the sender. */
	setFault(fault: 'fail' | 'slow', rate: number): void;
}

const Secret = Type.Object(
	{ secret: Type.String({ pattern: '^whsec_[A-Za-z0-9+/=]+$' }) },
	{ additionalProperties: false },
);

/** Bounds the memory that a load test uses. */
const MAX_RECEIVED = 1000;

/** Longer than the sender waits. */
const SLOW_MS = 16_000;

/** The principal of every request without authentication. */
const LOCAL_PRINCIPAL = 'local';

/**
 * Creates a receiver that verifies each request with the official library and the secrets that it knows: the secret for
 * URLs of tasks of the principal `local`, and those that were posted to it.
 */
export function createWebhookReceiver(random: () => number = Math.random): WebhookReceiver {
	const received: Received[] = [];
	const secrets = new Set<string>();
	const rates = { fail: 0, slow: 0 };
	const derived = createWebhookSecrets({
		readMasterKeys: async () => LOCAL_WEBHOOK_SECRET,
		now: Date.now,
	});
	const isVerified = (text: string, headers: Readonly<Record<string, string>>) =>
		[...secrets].some((secret) => {
			try {
				new Webhook(secret).verify(text, headers);
				return true;
			} catch {
				return false;
			}
		});
	return {
		setFault: (fault, rate) => void (rates[fault] = rate),
		routes: {
			'POST /_local/webhooks': async (body, _query, { headers, text }) => {
				if (random() < rates.slow) await delay(SLOW_MS, undefined, { ref: false });
				if (random() < rates.fail) throw new Error('The fault switch webhook.fail is on.');
				secrets.add(await derived.current(LOCAL_PRINCIPAL));
				const textHeaders = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
				received.push({
					received_at: new Date().toISOString(),
					webhook_id: headers['webhook-id']?.toString(),
					is_verified: isVerified(text, Object.fromEntries(textHeaders)),
					body,
				});
				if (received.length > MAX_RECEIVED) received.shift();
			},
			'GET /_local/webhooks': () => received,
			'POST /_local/webhooks/secrets': (body) => {
				secrets.add(parseValue(Secret, body, 'webhook secret').secret);
			},
		},
	};
}
