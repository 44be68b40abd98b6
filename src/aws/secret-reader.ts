import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { findServiceUnavailable } from '../tasks/service-unavailable.ts';

/** Reads one secret. `fresh` bypasses the cache, for a value that was refused. */
export type SecretReader = (options?: { readonly fresh: boolean }) => Promise<string>;

/** A rotated secret is used within this time without a deploy, and a warm sandbox rarely calls Secrets Manager. */
const CACHE_SECONDS = 5 * 60;

/**
 * Creates a reader of a secret that caches its value.
 * @throws ServiceUnavailableError if Secrets Manager is unavailable.
 */
export function createSecretReader(client: SecretsManagerClient, secretArn: string): SecretReader {
	let provider: SecretsProvider | undefined;
	return async ({ fresh } = { fresh: false }) => {
		provider ??= new SecretsProvider({ awsSdkV3Client: client });
		let value: unknown;
		try {
			value = await provider.get(secretArn, { maxAge: CACHE_SECONDS, forceFetch: fresh });
		} catch (error) {
			throw findServiceUnavailable(error) ?? error;
		}
		if (typeof value !== 'string') throw new Error(`The secret ${secretArn} has no text value.`);
		return value;
	};
}
