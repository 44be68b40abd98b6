import * as Type from 'typebox';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError, type Operation } from '../endpoint/service.ts';
import {
	CreateSecretInput,
	createSecret,
	newVersion,
	type SecretMaking,
	VersionInput,
} from './create-secret.ts';
import { GenerateSecretString, generatePassword } from './generate-secret-string.ts';
import {
	CURRENT,
	contentOf,
	hasContent,
	requireVersion,
	type Secret,
	type SecretContent,
	withVersion,
} from './secret.ts';

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

/** The operations that set and read what is secret. */
export function createValueOperations(options: SecretMaking) {
	const { vault, randomInteger } = options;

	return {
		CreateSecret: (input) => createSecret(parseInput(CreateSecretInput, input), options),
		PutSecretValue(input) {
			const wanted = parseInput(PutSecretValueInput, input);
			requireContent(wanted);
			const { VersionStages = [CURRENT] } = wanted;
			const version = newVersion(wanted, VersionStages, options);
			const secret = withVersion(vault.getUsable(wanted.SecretId), version);
			vault.put(secret);
			return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages };
		},
		UpdateSecret(input) {
			const wanted = parseInput(UpdateSecretInput, input);
			const { Description } = wanted;
			const before = vault.getUsable(wanted.SecretId);
			const described: Secret = {
				...before,
				changedAtMs: options.clock.now(),
				...(Description === undefined ? {} : { description: Description }),
			};
			const version = hasContent(wanted) ? newVersion(wanted, [CURRENT], options) : undefined;
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

function requireContent(input: SecretContent): void {
	if (hasContent(input)) return;
	throw new AwsError('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
}
