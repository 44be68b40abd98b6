import {
	GetSecretValueCommand,
	ResourceNotFoundException,
	type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

/** Reads what a secret is and, once it was rotated, what it was before. `fresh` asks again, for a value that is not known. */
export type SecretVersionsReader = (options?: { readonly fresh: boolean }) => Promise<readonly string[]>;

/** Values are kept for five minutes. */
const KEEP_MS = 5 * 60_000;

/** Whoever sends unknown values must not make each of them a call. */
const FRESH_MS = 10_000;

export function createSecretVersionsReader(
	client: SecretsManagerClient,
	secretArn: string,
	now: () => number,
): SecretVersionsReader {
	let kept: { values: Promise<readonly string[]>; readAtMs: number } | undefined;
	const read = async () => {
		const versions = ['AWSCURRENT', 'AWSPREVIOUS'].map((stage) => readVersion(client, secretArn, stage));
		return (await Promise.all(versions)).filter((value) => value !== undefined);
	};
	return async ({ fresh } = { fresh: false }) => {
		if (kept === undefined || now() - kept.readAtMs >= (fresh ? FRESH_MS : KEEP_MS))
			kept = { values: read(), readAtMs: now() };
		try {
			return await kept.values;
		} catch (error) {
			kept = undefined;
			throw error;
		}
	};
}

async function readVersion(
	client: SecretsManagerClient,
	secretArn: string,
	VersionStage: string,
): Promise<string | undefined> {
	try {
		const command = new GetSecretValueCommand({ SecretId: secretArn, VersionStage });
		return (await client.send(command)).SecretString;
	} catch (error) {
		if (error instanceof ResourceNotFoundException && VersionStage === 'AWSPREVIOUS') return undefined;
		throw error;
	}
}
