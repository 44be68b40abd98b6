import * as Type from 'typebox';
import { AwsError } from '../endpoint/service.ts';
import { type Parameter, ParameterType } from './parameter.ts';

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

const STANDARD_VALUE_BYTES = 4096;
const ADVANCED_VALUE_BYTES = 8192;
const MOST_LEVELS = 15;
/** Beyond these the oldest version goes. */
const MOST_VERSIONS = 100;

/** The parameter after the put; throws AWS's errors. */
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
	const tier = checkedTier(input);
	checkAllowedPattern(input);
	const version = {
		version: (latest?.version ?? 0) + 1,
		value: input.Value,
		type,
		dataType: input.DataType ?? 'text',
		modifiedAtMs: nowMs,
	};
	const versions = [...(before?.versions ?? []), version].slice(-MOST_VERSIONS);
	return { name: input.Name, tier, versions };
}

function checkName(name: string): void {
	if (!/^[\w.\-/]+$/.test(name) || (name.includes('/') && !name.startsWith('/'))) {
		throw invalid(
			`Parameter name ${name} is not valid: letters, numbers and . - _ only, and a name with / begins with one.`,
		);
	}
	if (/^\/?(aws|ssm)/i.test(name)) {
		throw invalid('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
	}
	if (name.split('/').length - 1 > MOST_LEVELS) {
		throw new AwsError(
			'HierarchyLevelLimitExceededException',
			`A parameter hierarchy has at most ${MOST_LEVELS} levels.`,
		);
	}
}

/** Intelligent-Tiering chooses by the value's size; the other tiers refuse what is too large for them. */
function checkedTier({ Value, Tier = 'Standard' }: PutParameterInput): 'Standard' | 'Advanced' {
	const bytes = Buffer.byteLength(Value);
	const fitting = bytes > STANDARD_VALUE_BYTES ? 'Advanced' : 'Standard';
	const tier = Tier === 'Intelligent-Tiering' ? fitting : Tier;
	const limit = tier === 'Advanced' ? ADVANCED_VALUE_BYTES : STANDARD_VALUE_BYTES;
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
