import * as Type from 'typebox';
import type { Clock } from '../clock.ts';
import { AwsError } from '../endpoint/service.ts';
import { generatePassword, type RandomInteger } from './generate-secret-string.ts';
import {
	CURRENT,
	contentOf,
	hasContent,
	type Secret,
	SecretContent,
	type SecretVersion,
	withVersion,
} from './secret.ts';
import type { SecretVault } from './secret-vault.ts';

/** What a caller says of a new version; its ClientRequestToken becomes the version's id. */
export const VersionInput = Type.Object({
	...SecretContent.properties,
	ClientRequestToken: Type.Optional(Type.String({ minLength: 32, maxLength: 64 })),
});
/** The input of CreateSecret. */
export const CreateSecretInput = Type.Object({
	Name: Type.String({ pattern: '^[\\w/+=.@-]{1,512}$' }),
	Description: Type.Optional(Type.String({ maxLength: 2048 })),
	...VersionInput.properties,
});
export type VersionInput = Type.Static<typeof VersionInput>;
export type CreateSecretInput = Type.Static<typeof CreateSecretInput>;

/** What secrets and their versions are made with. */
export interface SecretMaking {
	readonly vault: SecretVault;
	readonly clock: Pick<Clock, 'now'>;
	readonly newId: () => string;
	/** Makes passwords, and the end of each ARN. */
	readonly randomInteger: RandomInteger;
	readonly arnPrefix: string;
}

/** A version of a secret, not yet in it. */
export function newVersion(
	input: VersionInput,
	stages: string[],
	{ clock, newId }: Pick<SecretMaking, 'clock' | 'newId'>,
): SecretVersion {
	return {
		...contentOf(input),
		id: input.ClientRequestToken ?? newId(),
		stages,
		createdAtMs: clock.now(),
	};
}

/** Makes and keeps a secret. The same request again, by its ClientRequestToken, is answered as the first time. */
export function createSecret(wanted: CreateSecretInput, making: SecretMaking) {
	const { vault, clock, randomInteger, arnPrefix } = making;
	const { Name, Description, ClientRequestToken } = wanted;
	const before = vault.find(Name);
	const isRepeated = before?.versions.some(({ id }) => id === ClientRequestToken) ?? false;
	if (before !== undefined && !isRepeated) throw nameTaken(before);
	const secret: Secret = before ?? {
		name: Name,
		arn: `${arnPrefix}${Name}-${arnSuffix(randomInteger)}`,
		...(Description === undefined ? {} : { description: Description }),
		createdAtMs: clock.now(),
		changedAtMs: clock.now(),
		versions: [],
	};
	const version = hasContent(wanted) ? newVersion(wanted, [CURRENT], making) : undefined;
	vault.put(version === undefined ? secret : withVersion(secret, version));
	return { ARN: secret.arn, Name, VersionId: version?.id };
}

function nameTaken({ name, deletedAtMs }: Secret): AwsError {
	return deletedAtMs === undefined
		? new AwsError(
				'ResourceExistsException',
				`The operation failed because the secret ${name} already exists.`,
			)
		: new AwsError(
				'InvalidRequestException',
				"You can't create this secret because a secret with this name is already scheduled for deletion.",
			);
}

/** AWS ends each ARN so, that a secret made anew under an old name is not taken for it. */
function arnSuffix(randomInteger: RandomInteger): string {
	return generatePassword(
		{ PasswordLength: 6, ExcludePunctuation: true, RequireEachIncludedType: false },
		randomInteger,
	);
}
