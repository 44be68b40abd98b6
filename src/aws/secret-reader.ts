import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** Reads one secret. `fresh` asks Secrets Manager again, for when the value at hand was refused. */
export type SecretReader = (options?: { readonly fresh: boolean }) => Promise<string>;

/** Keeps a value for five minutes, so that a rotation takes hold without a deploy and a warm sandbox seldom asks. */
const KEEP_MS = 5 * 60_000;

export function createSecretReader(
	client: SecretsManagerClient,
	secretArn: string,
	now: () => number,
): SecretReader {
	let kept: { value: Promise<string>; readAtMs: number } | undefined;
	return async ({ fresh } = { fresh: false }) => {
		if (fresh || kept === undefined || now() - kept.readAtMs >= KEEP_MS) {
			kept = { value: read(client, secretArn), readAtMs: now() };
		}
		try {
			return await kept.value;
		} catch (error) {
			kept = undefined;
			throw error;
		}
	};
}

async function read(client: SecretsManagerClient, secretArn: string): Promise<string> {
	const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
	if (SecretString === undefined) throw new Error(`The secret ${secretArn} has no text value.`);
	return SecretString;
}
