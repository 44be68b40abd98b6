import * as Type from 'typebox';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError } from '../endpoint/service.ts';
import { describeParameter, type Parameter } from './parameter.ts';

/** A page has at most this many, and this many where the caller does not say. */
const PAGE_SIZE = 10;

const GetParametersByPathInput = Type.Object({
	Path: Type.String({ minLength: 1 }),
	Recursive: Type.Optional(Type.Boolean()),
	WithDecryption: Type.Optional(Type.Boolean()),
	MaxResults: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_SIZE })),
	NextToken: Type.Optional(Type.String()),
	ParameterFilters: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 0 })),
});

/** GetParametersByPath over parameters in the order of their names. The token of the next page is the last name of this one. */
export function listByPath(parameters: readonly Parameter[], input: unknown, arnPrefix: string) {
	const {
		Path,
		Recursive = false,
		WithDecryption: decrypt = false,
		MaxResults = PAGE_SIZE,
		NextToken = '',
	} = parseInput(GetParametersByPathInput, input);
	if (!Path.startsWith('/')) {
		throw new AwsError('ValidationException', 'The parameter path must begin with a forward slash.');
	}
	const prefix = Path.endsWith('/') ? Path : `${Path}/`;
	const below = parameters.filter(
		({ name }) =>
			name.startsWith(prefix) && name > NextToken && (Recursive || !name.slice(prefix.length).includes('/')),
	);
	const page = below.slice(0, MaxResults);
	return {
		Parameters: page.flatMap((parameter) =>
			parameter.versions
				.slice(-1)
				.map((latest) => describeParameter(parameter, latest, { arnPrefix, decrypt })),
		),
		NextToken: below.length > page.length ? page.at(-1)?.name : undefined,
	};
}
