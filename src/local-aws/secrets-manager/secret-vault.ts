import type { Clock } from '../clock.ts';
import { createDocumentTable } from '../document-table.ts';
import { AwsError } from '../endpoint/service.ts';
import { Secret } from './secret.ts';

/** The secrets there are. Those whose recovery window is over are gone. */
export interface SecretVault {
	/** By name, ARN, or ARN without its six random characters; marked for deletion or not. */
	find(secretId: string): Secret | undefined;
	/** Throws ResourceNotFoundException. */
	get(secretId: string): Secret;
	/** As `get`; throws InvalidRequestException where the secret is marked for deletion. */
	getUsable(secretId: string): Secret;
	/** In the order of their names. */
	all(): Secret[];
	put(secret: Secret): void;
	delete(secret: Secret): void;
	close(): void;
}

/** Opens the vault; `arnPrefix` is all of a secret's ARN but its name. */
export function createSecretVault(file: string, arnPrefix: string, clock: Pick<Clock, 'now'>): SecretVault {
	const secrets = createDocumentTable({ file, name: 'secrets', schema: Secret });
	const isThere = ({ deletedAtMs }: Secret) => deletedAtMs === undefined || deletedAtMs > clock.now();

	const find = (secretId: string) => {
		const name = secretId.startsWith(arnPrefix) ? secretId.slice(arnPrefix.length) : secretId;
		return [name, name.replace(/-[A-Za-z0-9]{6}$/, '')]
			.map((key) => secrets.get(key))
			.filter((secret) => secret !== undefined)
			.filter(isThere)
			.find((secret) => [secret.name, secret.arn, arnPrefix + secret.name].includes(secretId));
	};
	const get = (secretId: string) => {
		const secret = find(secretId);
		if (secret !== undefined) return secret;
		throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
	};
	return {
		find,
		get,
		getUsable(secretId) {
			const secret = get(secretId);
			if (secret.deletedAtMs === undefined) return secret;
			throw new AwsError(
				'InvalidRequestException',
				"You can't perform this operation on the secret because it was marked for deletion.",
			);
		},
		all: () => secrets.all().filter(isThere),
		put: (secret) => secrets.put(secret.name, secret),
		delete: (secret) => secrets.delete(secret.name),
		close: () => secrets.close(),
	};
}
