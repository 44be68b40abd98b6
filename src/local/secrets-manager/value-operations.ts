import { type Static, Type } from 'typebox';
import type { Clock } from '../clock.ts';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError, type Operation } from '../endpoint/service.ts';
import { GenerateSecretString, generatePassword, type RandomInteger } from './generate-secret-string.ts';
import {
	CURRENT,
	requireVersion,
	type Secret,
	SecretContent,
	type SecretVersion,
	withVersion,
} from './secret.ts';
import type { SecretVault } from './secret-vault.ts';

const WITH_CONTENT = {
	...SecretContent.properties,
	ClientRequestToken: Type.Optional(Type.String({ minLength: 32, maxLength: 64 })),
};
export const CreateSecretInput = Type.Object({
	Name: Type.String({ pattern: '^[\\w/+=.@-]{1,512}$' }),
	Description: Type.Optional(Type.String({ maxLength: 2048 })),
	...WITH_CONTENT,
});
const PutSecretValueInput = Type.Object({
	SecretId: Type.String(),
	VersionStages: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 20 })),
	...WITH_CONTENT,
});
const UpdateSecretInput = Type.Object({
	SecretId: Type.String(),
	Description: Type.Optional(Type.String({ maxLength: 2048 })),
	...WITH_CONTENT,
});
const GetSecretValueInput = Type.Object({
	SecretId: Type.String(),
	VersionId: Type.Optional(Type.String()),
	VersionStage: Type.Optional(Type.String()),
});

export type CreateSecretInput = Static<typeof CreateSecretInput>;

/** What the operations on values work with. */
export interface ValueOperationsOptions {
	readonly vault: SecretVault;
	readonly clock: Pick<Clock, 'now'>;
	readonly newId: () => string;
	/** Makes passwords, and the end of each ARN. */
	readonly randomInteger: RandomInteger;
	readonly arnPrefix: string;
}

/** The operations that set and read what is secret. */
export function createValueOperations(options: ValueOperationsOptions) {
	const { vault, clock, newId, randomInteger } = options;

	const versionOf = (input: VersionInput, stages: string[]): SecretVersion => ({
		...contentOf(input),
		id: input.ClientRequestToken ?? newId(),
		stages,
		createdAtMs: clock.now(),
	});

	return {
		CreateSecret: (input) => createSecret(parseInput(CreateSecretInput, input), versionOf, options),
		PutSecretValue(input) {
			const wanted = parseInput(PutSecretValueInput, input);
			requireContent(wanted);
			const { VersionStages = [CURRENT] } = wanted;
			const version = versionOf(wanted, VersionStages);
			const secret = withVersion(vault.getUsable(wanted.SecretId), version);
			vault.put(secret);
			return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages };
		},
		UpdateSecret(input) {
			const wanted = parseInput(UpdateSecretInput, input);
			const { Description = undefined } = wanted;
			const before = vault.getUsable(wanted.SecretId);
			const described: Secret = {
				...before,
				changedAtMs: clock.now(),
				...(Description === undefined ? {} : { description: Description }),
			};
			const version = hasContent(wanted) ? versionOf(wanted, [CURRENT]) : undefined;
			const secret = version === undefined ? described : withVersion(described, version);
			vault.put(secret);
			return { ARN: secret.arn, Name: secret.name, VersionId: version?.id };
		},
		GetSecretValue(input) {
			const wanted = parseInput(GetSecretValueInput, input);
			const secret = vault.getUsable(wanted.SecretId);
			const version = requireVersion(secret, wanted);
			return {
				ARN: secret.arn,
				Name: secret.name,
				VersionId: version.id,
				...contentOf(version),
				VersionStages: version.stages,
				CreatedDate: version.createdAtMs / 1000,
			};
		},
		GetRandomPassword: (input) => ({
			RandomPassword: generatePassword(parseInput(GenerateSecretString, input), randomInteger),
		}),
	} as const satisfies Readonly<Record<string, Operation>>;
}

type VersionInput = SecretContent & { ClientRequestToken?: string };

/** The same request again, by its ClientRequestToken, is answered as the first time. */
function createSecret(
	wanted: CreateSecretInput,
	versionOf: (input: VersionInput, stages: string[]) => SecretVersion,
	{ vault, clock, randomInteger, arnPrefix }: ValueOperationsOptions,
) {
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
	const version = hasContent(wanted) ? versionOf(wanted, [CURRENT]) : undefined;
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

function hasContent({ SecretString, SecretBinary }: SecretContent): boolean {
	return SecretString !== undefined || SecretBinary !== undefined;
}

function requireContent(input: SecretContent): void {
	if (hasContent(input)) return;
	throw new AwsError('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
}

function contentOf({ SecretString, SecretBinary }: SecretContent): SecretContent {
	return {
		...(SecretString === undefined ? {} : { SecretString }),
		...(SecretBinary === undefined ? {} : { SecretBinary }),
	};
}
