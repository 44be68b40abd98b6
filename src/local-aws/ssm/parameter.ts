import { createHash } from 'node:crypto';
import * as Type from 'typebox';

/** The three kinds of parameter. */
export const ParameterType = Type.Union([
	Type.Literal('String'),
	Type.Literal('StringList'),
	Type.Literal('SecureString'),
]);

const Version = Type.Object({
	version: Type.Integer(),
	value: Type.String(),
	type: ParameterType,
	dataType: Type.String(),
	modifiedAtMs: Type.Number(),
});

/** A parameter as it is kept, with its versions from the oldest to the latest. */
export const Parameter = Type.Object({
	name: Type.String(),
	tier: Type.String(),
	versions: Type.Array(Version),
});

export type Parameter = Type.Static<typeof Parameter>;
export type ParameterVersion = Type.Static<typeof Version>;

/** A parameter's ARN: its name follows, with exactly one slash between. */
function parameterArn(arnPrefix: string, name: string): string {
	return `${arnPrefix}/${name.replace(/^\//, '')}`;
}

/** A version in the shape of the API. A SecureString that is not to be decrypted is unreadable, as it is on AWS. */
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
		ARN: parameterArn(arnPrefix, name),
		DataType: dataType,
	};
}
