import type { Clock } from '../clock.ts';
import type { JsonService } from '../endpoint/service.ts';
import type { CreateSecretInput } from './create-secret.ts';
import type { RandomInteger } from './generate-secret-string.ts';
import { createLifecycleOperations } from './lifecycle-operations.ts';
import { CURRENT } from './secret.ts';
import { createSecretVault } from './secret-vault.ts';
import { createValueOperations } from './value-operations.ts';

/** Secrets Manager: a JSON service for the endpoint, and typed ways in for whoever boots the stack. */
export interface SecretsManager extends JsonService {
	/** As the operation CreateSecret. */
	create(input: CreateSecretInput): { readonly ARN: string };
	/** The ARN by name; undefined where there is no such secret. */
	arn(secretId: string): string | undefined;
	/** The current text, by name or ARN; undefined where there is none. */
	value(secretId: string): string | undefined;
	close(): void;
}

/** Whose secrets they are, where they are kept and what makes them. */
export interface SecretsManagerOptions {
	readonly clock: Pick<Clock, 'now'>;
	readonly newId: () => string;
	readonly randomInteger: RandomInteger;
	readonly region: string;
	readonly accountId: string;
	/** Path of the SQLite file; '' keeps them in memory. */
	readonly file: string;
}

/** Opens it; secrets made before are there again, with their ARNs. */
export function createSecretsManager(options: SecretsManagerOptions): SecretsManager {
	const { clock, region, accountId, file } = options;
	const arnPrefix = `arn:aws:secretsmanager:${region}:${accountId}:secret:`;
	const vault = createSecretVault(file, arnPrefix, clock);
	const valueOperations = createValueOperations({ ...options, vault, arnPrefix });
	return {
		signingName: 'secretsmanager',
		jsonVersion: '1.1',
		operations: { ...valueOperations, ...createLifecycleOperations(vault, clock) },
		create: (input) => valueOperations.CreateSecret(input),
		arn: (secretId) => vault.find(secretId)?.arn,
		value(secretId) {
			const versions = vault.find(secretId)?.versions ?? [];
			return versions.find(({ stages }) => stages.includes(CURRENT))?.SecretString;
		},
		close: () => vault.close(),
	};
}
