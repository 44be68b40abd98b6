import { createHash } from 'node:crypto';
import * as Type from 'typebox';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError } from '../endpoint/service.ts';

const ParameterType = Type.Union([
	Type.Literal('String'),
	Type.Literal('StringList'),
	Type.Literal('SecureString'),
]);

const ParameterVersion = Type.Object({
	version: Type.Integer(),
	value: Type.String(),
	type: ParameterType,
	dataType: Type.String(),
	modifiedAtMs: Type.Number(),
});

/** A stored parameter. Its versions are sorted from the oldest to the latest. */
export const Parameter = Type.Object({
	name: Type.String(),
	tier: Type.String(),
	versions: Type.Array(ParameterVersion),
});

export type Parameter = Type.Static<typeof Parameter>;
type ParameterVersion = Type.Static<typeof ParameterVersion>;

/** Returns a version in the form of the API. Without decryption, a SecureString is an unreadable hash. */
export function describeParameter(
	{ name }: Parameter,
	{ version, value, type, dataType, modifiedAtMs }: ParameterVersion,
	{ arnPrefix, decrypt }: { arnPrefix: string; decrypt: boolean },
) {
	const isReadable = decrypt || type !== 'SecureString';
	return {
		Name: name,
		Type: type,
		Value: isReadable ? value : createHash('sha256').update(value).digest('base64'),
		Version: version,
		LastModifiedDate: modifiedAtMs / 1000,
		// Exactly one slash precedes the name, whether the name begins with one or not.
		ARN: `${arnPrefix}/${name.replace(/^\//, '')}`,
		DataType: dataType,
	};
}

/** The input of PutParameter. */
export const PutParameterInput = Type.Object({
	Name: Type.String({ minLength: 1, maxLength: 2048 }),
	Value: Type.String({ minLength: 1 }),
	Type: Type.Optional(ParameterType),
	Overwrite: Type.Optional(Type.Boolean()),
	AllowedPattern: Type.Optional(Type.String({ maxLength: 1024 })),
	DataType: Type.Optional(Type.String()),
	Tier: Type.Optional(
		Type.Union([Type.Literal('Standard'), Type.Literal('Advanced'), Type.Literal('Intelligent-Tiering')]),
	),
});

export type PutParameterInput = Type.Static<typeof PutParameterInput>;

const MAX_STANDARD_VALUE_BYTES = 4096;
const MAX_ADVANCED_VALUE_BYTES = 8192;
const MAX_HIERARCHY_LEVELS = 15;
/** Parameter Store deletes the oldest version beyond 100. */
const MAX_VERSIONS = 100;

/**
 * Returns a parameter with the new version.
 *
 * @throws AwsError as PutParameter does
 */
export function putParameter(
	before: Parameter | undefined,
	input: PutParameterInput,
	nowMs: number,
): Parameter {
	const latest = before?.versions.at(-1);
	if (latest !== undefined && input.Overwrite !== true) {
		throw new AwsError(
			'ParameterAlreadyExists',
			'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
		);
	}
	const type = input.Type ?? latest?.type;
	if (type === undefined) {
		throw invalid('A parameter type is required when you create a parameter.');
	}
	checkName(input.Name);
	const tier = chooseTier(input);
	checkAllowedPattern(input);
	const version = {
		version: (latest?.version ?? 0) + 1,
		value: input.Value,
		type,
		dataType: input.DataType ?? 'text',
		modifiedAtMs: nowMs,
	};
	const versions = [...(before?.versions ?? []), version].slice(-MAX_VERSIONS);
	return { name: input.Name, tier, versions };
}

function checkName(name: string): void {
	if (!/^[\w.\-/]+$/.test(name) || (name.includes('/') && !name.startsWith('/'))) {
		throw invalid(
			`Invalid parameter name ${name}: it may contain letters, numbers and . - _, and a name with / must begin with /.`,
		);
	}
	if (/^\/?(aws|ssm)/i.test(name)) {
		throw invalid('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
	}
	if (name.split('/').length - 1 > MAX_HIERARCHY_LEVELS) {
		throw new AwsError(
			'HierarchyLevelLimitExceededException',
			`A parameter hierarchy can have at most ${MAX_HIERARCHY_LEVELS} levels.`,
		);
	}
}

/** Intelligent-Tiering chooses the tier by the size of the value; the other tiers refuse larger values. */
function chooseTier({ Value, Tier = 'Standard' }: PutParameterInput): 'Standard' | 'Advanced' {
	const bytes = Buffer.byteLength(Value);
	const smallestTier = bytes > MAX_STANDARD_VALUE_BYTES ? 'Advanced' : 'Standard';
	const tier = Tier === 'Intelligent-Tiering' ? smallestTier : Tier;
	const limit = tier === 'Advanced' ? MAX_ADVANCED_VALUE_BYTES : MAX_STANDARD_VALUE_BYTES;
	if (bytes <= limit) return tier;
	throw invalid(`${tier} tier parameters support a maximum parameter value of ${limit} characters.`);
}

function checkAllowedPattern({ AllowedPattern, Value }: PutParameterInput): void {
	if (AllowedPattern === undefined || new RegExp(`^(?:${AllowedPattern})$`).test(Value)) return;
	throw new AwsError(
		'ParameterPatternMismatchException',
		`Parameter value, cannot be validated against allowedPattern: ${AllowedPattern}`,
	);
}

function invalid(message: string): AwsError {
	return new AwsError('ValidationException', message);
}

/** The default and the maximum of GetParametersByPath. */
const MAX_PAGE_SIZE = 10;

const GetParametersByPathInput = Type.Object({
	Path: Type.String({ minLength: 1 }),
	Recursive: Type.Optional(Type.Boolean()),
	WithDecryption: Type.Optional(Type.Boolean()),
	MaxResults: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE_SIZE })),
	NextToken: Type.Optional(Type.String()),
	ParameterFilters: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 0 })),
});

/**
 * Answers GetParametersByPath from parameters sorted by name. The page token is the last name of the previous page.
 *
 * @throws AwsError `ValidationException`
 */
export function getParametersByPath(parameters: readonly Parameter[], input: unknown, arnPrefix: string) {
	const {
		Path,
		Recursive = false,
		WithDecryption: decrypt = false,
		MaxResults = MAX_PAGE_SIZE,
		NextToken = '',
	} = parseInput(GetParametersByPathInput, input);
	if (!Path.startsWith('/')) throw invalid('The parameter path must begin with a forward slash.');
	const prefix = Path.endsWith('/') ? Path : `${Path}/`;
	const remaining = parameters.filter(
		({ name }) =>
			name.startsWith(prefix) && name > NextToken && (Recursive || !name.slice(prefix.length).includes('/')),
	);
	const page = remaining.slice(0, MaxResults);
	return {
		Parameters: page.flatMap((parameter) =>
			parameter.versions
				.slice(-1)
				.map((latest) => describeParameter(parameter, latest, { arnPrefix, decrypt })),
		),
		NextToken: remaining.length > page.length ? page.at(-1)?.name : undefined,
	};
}
