import * as Type from 'typebox';
import type { Clock } from '../clock.ts';
import { createDocumentTable } from '../document-table.ts';
import { AwsError } from '../endpoint/service.ts';

/** The value of a secret: text, or bytes in Base64. */
export const SecretContent = Type.Object({
	SecretString: Type.Optional(Type.String({ maxLength: 65_536 })),
	SecretBinary: Type.Optional(Type.String()),
});

const SecretVersion = Type.Object({
	...SecretContent.properties,
	id: Type.String(),
	/** Staging labels. */
	stages: Type.Array(Type.String()),
	createdAtMs: Type.Number(),
});

/** A stored secret. Its versions are sorted from the oldest to the newest. */
export const Secret = Type.Object({
	name: Type.String(),
	arn: Type.String(),
	description: Type.Optional(Type.String()),
	createdAtMs: Type.Number(),
	changedAtMs: Type.Number(),
	/** The end of the recovery window of a deleted secret. */
	deletedAtMs: Type.Optional(Type.Number()),
	versions: Type.Array(SecretVersion),
});

export type SecretContent = Type.Static<typeof SecretContent>;
export type Secret = Type.Static<typeof Secret>;
/** A version of a secret. */
export type SecretVersion = Type.Static<typeof SecretVersion>;

/** The staging label of the current version. */
export const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';

/** Secrets Manager deletes the oldest versions without a label beyond about 100. */
const MAX_VERSIONS = 100;

/**
 * Adds a version to a secret and moves the given labels to it; the current version becomes the previous one. A no-op for
 * a known id with the same content.
 *
 * @throws AwsError `ResourceExistsException` for a known id with other content.
 */
export function addVersion(secret: Secret, version: SecretVersion): Secret {
	const same = secret.versions.find(({ id }) => id === version.id);
	if (same !== undefined) {
		if (same.SecretString === version.SecretString && same.SecretBinary === version.SecretBinary)
			return secret;
		throw new AwsError(
			'ResourceExistsException',
			`A version with the ID ${version.id} already exists, and its value can't be changed.`,
		);
	}
	const replacesCurrent = version.stages.includes(CURRENT);
	const before = secret.versions.map((other) => {
		const stages = other.stages.filter(
			(stage) => !version.stages.includes(stage) && !(replacesCurrent && stage === PREVIOUS),
		);
		const wasCurrent = replacesCurrent && other.stages.includes(CURRENT);
		return { ...other, stages: wasCurrent ? [...stages, PREVIOUS] : stages };
	});
	const surplus = before.length + 1 - MAX_VERSIONS;
	const dropped = new Set(before.filter(({ stages }) => stages.length === 0).slice(0, Math.max(0, surplus)));
	const versions = [...before.filter((other) => !dropped.has(other)), version];
	return { ...secret, changedAtMs: version.createdAtMs, versions };
}

/**
 * Returns the version that matches the id and the label; the default is the current version.
 *
 * @throws AwsError `ResourceNotFoundException`
 */
export function getVersion(
	secret: Secret,
	{ VersionId, VersionStage }: { VersionId?: string; VersionStage?: string },
): SecretVersion {
	const stage = VersionStage ?? (VersionId === undefined ? CURRENT : undefined);
	const version = secret.versions.find(
		({ id, stages }) =>
			(VersionId === undefined || id === VersionId) && (stage === undefined || stages.includes(stage)),
	);
	if (version !== undefined) return version;
	throw new AwsError(
		'ResourceNotFoundException',
		VersionId === undefined
			? `Secrets Manager can't find the specified secret value for staging label: ${stage}`
			: `Secrets Manager can't find the specified secret value for VersionId: ${VersionId}`,
	);
}

/** Whether a request contains a value. */
export function hasContent({ SecretString, SecretBinary }: SecretContent): boolean {
	return SecretString !== undefined || SecretBinary !== undefined;
}

/** Returns the value without the other members of a request or a version. */
export function contentOf({ SecretString, SecretBinary }: SecretContent): SecretContent {
	return {
		...(SecretString === undefined ? {} : { SecretString }),
		...(SecretBinary === undefined ? {} : { SecretBinary }),
	};
}

/** The stored secrets. Secrets after their recovery window count as absent. */
export interface SecretStore {
	/** Finds a secret, deleted or not, by its name, its ARN, or its ARN without the random suffix. */
	find(secretId: string): Secret | undefined;
	/** @throws AwsError `ResourceNotFoundException` */
	get(secretId: string): Secret;
	/** @throws AwsError `ResourceNotFoundException`, or `InvalidRequestException` for a deleted secret. */
	getActive(secretId: string): Secret;
	/** Sorted by name. */
	all(): Secret[];
	put(secret: Secret): void;
	delete(secret: Secret): void;
	close(): void;
}

/** Opens the store. `arnPrefix` precedes the name in a secret's ARN. */
export function createSecretStore(file: string, arnPrefix: string, clock: Pick<Clock, 'now'>): SecretStore {
	const secrets = createDocumentTable({ file, name: 'secrets', schema: Secret });
	const exists = ({ deletedAtMs }: Secret) => deletedAtMs === undefined || deletedAtMs > clock.now();

	const find = (secretId: string) => {
		const name = secretId.startsWith(arnPrefix) ? secretId.slice(arnPrefix.length) : secretId;
		return [name, name.replace(/-[A-Za-z0-9]{6}$/, '')]
			.map((key) => secrets.get(key))
			.filter((secret) => secret !== undefined)
			.filter(exists)
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
		getActive(secretId) {
			const secret = get(secretId);
			if (secret.deletedAtMs === undefined) return secret;
			throw new AwsError(
				'InvalidRequestException',
				"You can't perform this operation on the secret because it was marked for deletion.",
			);
		},
		all: () => secrets.all().filter(exists),
		put: (secret) => secrets.put(secret.name, secret),
		delete: (secret) => secrets.delete(secret.name),
		close: () => secrets.close(),
	};
}
