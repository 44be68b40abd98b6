import * as Type from 'typebox';
import type { Clock } from '../clock.ts';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError, type Operation } from '../endpoint/service.ts';
import type { Secret } from './secret.ts';
import type { SecretVault } from './secret-vault.ts';

const SecretIdInput = Type.Object({ SecretId: Type.String() });
const ListSecretsInput = Type.Object({
	MaxResults: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
	NextToken: Type.Optional(Type.String()),
	IncludePlannedDeletion: Type.Optional(Type.Boolean()),
	Filters: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 0 })),
});
const DeleteSecretInput = Type.Object({
	SecretId: Type.String(),
	RecoveryWindowInDays: Type.Optional(Type.Integer({ minimum: 7, maximum: 30 })),
	ForceDeleteWithoutRecovery: Type.Optional(Type.Boolean()),
});

const DAY_MS = 86_400_000;
const RECOVERY_DAYS = 30;

/** The operations on secrets as such: what there is, and what is to go. */
export function createLifecycleOperations(vault: SecretVault, clock: Pick<Clock, 'now'>) {
	return {
		DescribeSecret: (input) => {
			const secret = vault.get(parseInput(SecretIdInput, input).SecretId);
			return { ...describe(secret), VersionIdsToStages: stagesByVersion(secret) };
		},
		/** The token of the next page is the last name of this one. */
		ListSecrets(input) {
			const wanted = parseInput(ListSecretsInput, input);
			const { MaxResults = 100, NextToken = '', IncludePlannedDeletion = false } = wanted;
			const listed = vault.all().filter(({ name, deletedAtMs }) => {
				const isWanted = IncludePlannedDeletion || deletedAtMs === undefined;
				return isWanted && name > NextToken;
			});
			const page = listed.slice(0, MaxResults);
			return {
				SecretList: page.map((secret) => ({
					...describe(secret),
					SecretVersionsToStages: stagesByVersion(secret),
				})),
				NextToken: listed.length > page.length ? page.at(-1)?.name : undefined,
			};
		},
		DeleteSecret(input) {
			const wanted = parseInput(DeleteSecretInput, input);
			const { RecoveryWindowInDays, ForceDeleteWithoutRecovery = false } = wanted;
			if (ForceDeleteWithoutRecovery && RecoveryWindowInDays !== undefined) {
				throw new AwsError(
					'InvalidParameterException',
					"You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
				);
			}
			const secret = vault.getUsable(wanted.SecretId);
			const windowMs = ForceDeleteWithoutRecovery ? 0 : (RecoveryWindowInDays ?? RECOVERY_DAYS) * DAY_MS;
			const deletedAtMs = clock.now() + windowMs;
			if (ForceDeleteWithoutRecovery) vault.delete(secret);
			else vault.put({ ...secret, deletedAtMs });
			return { ARN: secret.arn, Name: secret.name, DeletionDate: deletedAtMs / 1000 };
		},
		RestoreSecret(input) {
			const { deletedAtMs: _, ...secret } = vault.get(parseInput(SecretIdInput, input).SecretId);
			vault.put(secret);
			return { ARN: secret.arn, Name: secret.name };
		},
	} as const satisfies Readonly<Record<string, Operation>>;
}

function describe({ arn, name, description, createdAtMs, changedAtMs, deletedAtMs }: Secret) {
	return {
		ARN: arn,
		Name: name,
		Description: description,
		CreatedDate: createdAtMs / 1000,
		LastChangedDate: changedAtMs / 1000,
		DeletedDate: deletedAtMs === undefined ? undefined : deletedAtMs / 1000,
	};
}

/** Versions without a label are deprecated, and AWS does not name them. */
function stagesByVersion({ versions }: Secret): Record<string, readonly string[]> {
	const labelled = versions.filter(({ stages }) => stages.length > 0);
	return Object.fromEntries(labelled.map(({ id, stages }) => [id, stages]));
}
