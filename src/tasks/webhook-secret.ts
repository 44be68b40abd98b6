import { createHmac } from 'node:crypto';
import { parseMasterKeys, type ReadMasterKeys } from './master-keys.ts';
import type { Webhook } from './webhooks.ts';

/** After a rotation, the previous secret signs for this long too: 24 hours. */
export const PREVIOUS_SECRET_MS = 24 * 60 * 60 * 1000;

/** Stands for the webhook id in the secret that signs the requests to tasks' own URLs. */
const OWN_URL = 'task';

/** The clock and the master keys from which every secret is derived. */
export interface WebhookSecretDependencies {
	readonly readMasterKeys: ReadMasterKeys;
	readonly now: () => number;
}

/**
 * Derives signing secrets, in the form of Standard Webhooks: `whsec_` and 32 bytes in base64. No secret is stored: each is
 * the HMAC of its principal, subscription and version under the master key of the stage.
 */
export function createWebhookSecrets({ readMasterKeys, now }: WebhookSecretDependencies) {
	const keys = async () => parseMasterKeys(await readMasterKeys(), 'webhook secret');
	return {
		/** Returns the current secret of a subscription or, without one, of the principal's task URLs. */
		async current(principal: string, webhook?: Webhook): Promise<string> {
			const [key] = await keys();
			return derive(key, principal, webhook?.webhookId ?? OWN_URL, webhook?.secretVersion ?? 1);
		},
		/** Returns all secrets that sign at present, the current one first. */
		async signing(principal: string, webhook?: Webhook): Promise<readonly string[]> {
			const { webhookId = OWN_URL, secretVersion = 1, secretRotatedAtMs = 0 } = webhook ?? {};
			const hasPrevious = secretVersion > 1 && now() < secretRotatedAtMs + PREVIOUS_SECRET_MS;
			const versions = hasPrevious ? [secretVersion, secretVersion - 1] : [secretVersion];
			return (await keys()).flatMap((key) =>
				versions.map((version) => derive(key, principal, webhookId, version)),
			);
		},
	};
}

/** The secrets of a stage. */
export type WebhookSecrets = ReturnType<typeof createWebhookSecrets>;

function derive(key: string, principal: string, webhookId: string, version: number): string {
	const mac = createHmac('sha256', key)
		.update(JSON.stringify([principal, webhookId, version]))
		.digest();
	return `whsec_${mac.toString('base64')}`;
}
