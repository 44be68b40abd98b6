import * as Type from 'typebox';
import { AwsError } from '../endpoint/service.ts';

/** Text or bytes (Base64), one of them. */
export const SecretContent = Type.Object({
	SecretString: Type.Optional(Type.String({ maxLength: 65_536 })),
	SecretBinary: Type.Optional(Type.String()),
});

const SecretVersion = Type.Object({
	...SecretContent.properties,
	id: Type.String(),
	stages: Type.Array(Type.String()),
	createdAtMs: Type.Number(),
});

/** A secret as it is kept. Its versions are from the oldest to the newest. */
export const Secret = Type.Object({
	name: Type.String(),
	arn: Type.String(),
	description: Type.Optional(Type.String()),
	createdAtMs: Type.Number(),
	changedAtMs: Type.Number(),
	/** When it is gone for good, once it is marked for deletion. */
	deletedAtMs: Type.Optional(Type.Number()),
	versions: Type.Array(SecretVersion),
});

export type SecretContent = Type.Static<typeof SecretContent>;
export type Secret = Type.Static<typeof Secret>;
export type SecretVersion = Type.Static<typeof SecretVersion>;

export const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';

/** Versions that no label keeps go, the oldest first, beyond about this many. */
const MOST_VERSIONS = 100;

/**
 * The secret with one more version, which takes the given labels from whichever had them; what was current becomes the
 * previous one. The same id and content again changes nothing; other content is refused, as on AWS.
 */
export function withVersion(secret: Secret, version: SecretVersion): Secret {
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
	const surplus = before.length + 1 - MOST_VERSIONS;
	const dropped = new Set(before.filter(({ stages }) => stages.length === 0).slice(0, Math.max(0, surplus)));
	const versions = [...before.filter((other) => !dropped.has(other)), version];
	return { ...secret, changedAtMs: version.createdAtMs, versions };
}

/** The version that the id and the label both name; throws ResourceNotFoundException. */
export function requireVersion(
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

/** Whether there is anything to keep secret. */
export function hasContent({ SecretString, SecretBinary }: SecretContent): boolean {
	return SecretString !== undefined || SecretBinary !== undefined;
}

/** The text or bytes of something that has more to it. */
export function contentOf({ SecretString, SecretBinary }: SecretContent): SecretContent {
	return {
		...(SecretString === undefined ? {} : { SecretString }),
		...(SecretBinary === undefined ? {} : { SecretBinary }),
	};
}
