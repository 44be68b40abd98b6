import * as Type from 'typebox';
import type { Clock } from '../clock.ts';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError, type JsonService, type Operation } from '../endpoint/service.ts';
import { GenerateSecretString, generatePassword, type RandomInteger } from './generate-secret-string.ts';
import {
	addVersion,
	CURRENT,
	contentOf,
	createSecretStore,
	getVersion,
	hasContent,
	type Secret,
	SecretContent,
	type SecretStore,
	type SecretVersion,
} from './secrets.ts';

/** Secrets Manager, with functions for the stack in addition to the API. */
export interface SecretsManager extends JsonService {
	/** Creates a secret like the operation CreateSecret. */
	create(input: CreateSecretInput): { readonly ARN: string };
	/** Returns the ARN of a secret by name, or `undefined` if it does not exist. */
	arn(secretId: string): string | undefined;
	/** Returns the current text of a secret by name or ARN, or `undefined` if it has no text. */
	value(secretId: string): string | undefined;
	close(): void;
}

/** The dependencies of Secrets Manager. */
export interface SecretsManagerOptions {
	readonly clock: Pick<Clock, 'now'>;
	readonly newId: () => string;
	readonly randomInteger: RandomInteger;
	readonly region: string;
	readonly accountId: string;
	/** Path of the SQLite file; '' keeps the secrets in memory. */
	readonly file: string;
}

/** Opens Secrets Manager with the secrets of its file. */
export function createSecretsManager(options: SecretsManagerOptions): SecretsManager {
	const { clock, region, accountId, file } = options;
	const arnPrefix = `arn:aws:secretsmanager:${region}:${accountId}:secret:`;
	const store = createSecretStore(file, arnPrefix, clock);
	const valueOperations = createValueOperations({ ...options, store, arnPrefix });
	return {
		signingName: 'secretsmanager',
		jsonVersion: '1.1',
		operations: { ...valueOperations, ...createLifecycleOperations(store, clock) },
		create: (input) => valueOperations.CreateSecret(input),
		arn: (secretId) => store.find(secretId)?.arn,
		value(secretId) {
			const versions = store.find(secretId)?.versions ?? [];
			return versions.find(({ stages }) => stages.includes(CURRENT))?.SecretString;
		},
		close: () => store.close(),
	};
}

/** A new version; its ClientRequestToken becomes its id. */
const VersionInput = Type.Object({
	...SecretContent.properties,
	ClientRequestToken: Type.Optional(Type.String({ minLength: 32, maxLength: 64 })),
});
const CreateSecretInput = Type.Object({
	Name: Type.String({ pattern: '^[\\w/+=.@-]{1,512}$' }),
	Description: Type.Optional(Type.String({ maxLength: 2048 })),
	...VersionInput.properties,
});
type CreateSecretInput = Type.Static<typeof CreateSecretInput>;
const PutSecretValueInput = Type.Object({
	SecretId: Type.String(),
	VersionStages: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 20 })),
	...VersionInput.properties,
});
const UpdateSecretInput = Type.Object({
	SecretId: Type.String(),
	Description: Type.Optional(Type.String({ maxLength: 2048 })),
	...VersionInput.properties,
});
const GetSecretValueInput = Type.Object({
	SecretId: Type.String(),
	VersionId: Type.Optional(Type.String()),
	VersionStage: Type.Optional(Type.String()),
});

interface ValueOperationsOptions {
	readonly store: SecretStore;
	readonly clock: Pick<Clock, 'now'>;
	readonly newId: () => string;
	/** Generates passwords and the random suffix of ARNs. */
	readonly randomInteger: RandomInteger;
	readonly arnPrefix: string;
}

function createValueOperations(options: ValueOperationsOptions) {
	const { store, clock, randomInteger } = options;
	return {
		CreateSecret: (input) => createSecret(parseInput(CreateSecretInput, input), options),
		PutSecretValue(input) {
			const request = parseInput(PutSecretValueInput, input);
			if (!hasContent(request)) {
				throw new AwsError(
					'InvalidRequestException',
					'You must provide either SecretString or SecretBinary.',
				);
			}
			const { VersionStages = [CURRENT] } = request;
			const version = createVersion(request, VersionStages, options);
			const secret = addVersion(store.getActive(request.SecretId), version);
			store.put(secret);
			return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages };
		},
		UpdateSecret(input) {
			const request = parseInput(UpdateSecretInput, input);
			const { Description } = request;
			const described: Secret = {
				...store.getActive(request.SecretId),
				changedAtMs: clock.now(),
				...(Description === undefined ? {} : { description: Description }),
			};
			const version = hasContent(request) ? createVersion(request, [CURRENT], options) : undefined;
			const secret = version === undefined ? described : addVersion(described, version);
			store.put(secret);
			return { ARN: secret.arn, Name: secret.name, VersionId: version?.id };
		},
		GetSecretValue(input) {
			const request = parseInput(GetSecretValueInput, input);
			const secret = store.getActive(request.SecretId);
			const version = getVersion(secret, request);
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

/** CreateSecret is idempotent: a repeated ClientRequestToken returns the first result. */
function createSecret(request: CreateSecretInput, options: ValueOperationsOptions) {
	const { store, clock, randomInteger, arnPrefix } = options;
	const { Name, Description, ClientRequestToken } = request;
	const existing = store.find(Name);
	const isRepeated = existing?.versions.some(({ id }) => id === ClientRequestToken) ?? false;
	if (existing !== undefined && !isRepeated) throw nameConflict(existing);
	const secret: Secret = existing ?? {
		name: Name,
		arn: `${arnPrefix}${Name}-${arnSuffix(randomInteger)}`,
		...(Description === undefined ? {} : { description: Description }),
		createdAtMs: clock.now(),
		changedAtMs: clock.now(),
		versions: [],
	};
	const version = hasContent(request) ? createVersion(request, [CURRENT], options) : undefined;
	store.put(version === undefined ? secret : addVersion(secret, version));
	return { ARN: secret.arn, Name, VersionId: version?.id };
}

function nameConflict({ name, deletedAtMs }: Secret): AwsError {
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

/** The suffix distinguishes a secret from an earlier one with the same name. */
function arnSuffix(randomInteger: RandomInteger): string {
	return generatePassword(
		{ PasswordLength: 6, ExcludePunctuation: true, RequireEachIncludedType: false },
		randomInteger,
	);
}

function createVersion(
	request: Type.Static<typeof VersionInput>,
	stages: string[],
	{ clock, newId }: Pick<ValueOperationsOptions, 'clock' | 'newId'>,
): SecretVersion {
	return {
		...contentOf(request),
		id: request.ClientRequestToken ?? newId(),
		stages,
		createdAtMs: clock.now(),
	};
}

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
const DEFAULT_RECOVERY_DAYS = 30;

function createLifecycleOperations(store: SecretStore, clock: Pick<Clock, 'now'>) {
	return {
		DescribeSecret: (input) => {
			const secret = store.get(parseInput(SecretIdInput, input).SecretId);
			return { ...describeSecret(secret), VersionIdsToStages: stagesByVersion(secret) };
		},
		/** The page token is the last name of the previous page. */
		ListSecrets(input) {
			const request = parseInput(ListSecretsInput, input);
			const { MaxResults = 100, NextToken = '', IncludePlannedDeletion = false } = request;
			const remaining = store
				.all()
				.filter(
					({ name, deletedAtMs }) =>
						(IncludePlannedDeletion || deletedAtMs === undefined) && name > NextToken,
				);
			const page = remaining.slice(0, MaxResults);
			return {
				SecretList: page.map((secret) => ({
					...describeSecret(secret),
					SecretVersionsToStages: stagesByVersion(secret),
				})),
				NextToken: remaining.length > page.length ? page.at(-1)?.name : undefined,
			};
		},
		DeleteSecret(input) {
			const request = parseInput(DeleteSecretInput, input);
			const { RecoveryWindowInDays, ForceDeleteWithoutRecovery = false } = request;
			if (ForceDeleteWithoutRecovery && RecoveryWindowInDays !== undefined) {
				throw new AwsError(
					'InvalidParameterException',
					"You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
				);
			}
			const secret = store.getActive(request.SecretId);
			const windowDays = ForceDeleteWithoutRecovery ? 0 : (RecoveryWindowInDays ?? DEFAULT_RECOVERY_DAYS);
			const deletedAtMs = clock.now() + windowDays * DAY_MS;
			if (ForceDeleteWithoutRecovery) store.delete(secret);
			else store.put({ ...secret, deletedAtMs });
			return { ARN: secret.arn, Name: secret.name, DeletionDate: deletedAtMs / 1000 };
		},
		RestoreSecret(input) {
			const { deletedAtMs: _, ...secret } = store.get(parseInput(SecretIdInput, input).SecretId);
			store.put(secret);
			return { ARN: secret.arn, Name: secret.name };
		},
	} as const satisfies Readonly<Record<string, Operation>>;
}

function describeSecret({ arn, name, description, createdAtMs, changedAtMs, deletedAtMs }: Secret) {
	return {
		ARN: arn,
		Name: name,
		Description: description,
		CreatedDate: createdAtMs / 1000,
		LastChangedDate: changedAtMs / 1000,
		DeletedDate: deletedAtMs === undefined ? undefined : deletedAtMs / 1000,
	};
}

/** Versions without a label are deprecated, and Secrets Manager omits them. */
function stagesByVersion({ versions }: Secret): Record<string, readonly string[]> {
	const labelled = versions.filter(({ stages }) => stages.length > 0);
	return Object.fromEntries(labelled.map(({ id, stages }) => [id, stages]));
}
