import * as Type from 'typebox';
import type { Clock } from '../clock.ts';
import { createDocumentTable, type DocumentTable } from '../document-table.ts';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError, type JsonService } from '../endpoint/service.ts';
import {
	describeParameter,
	getParametersByPath,
	Parameter,
	PutParameterInput,
	putParameter,
} from './parameters.ts';

/** Parameter Store of Systems Manager, with functions for the stack in addition to the API. */
export interface ParameterStore extends JsonService {
	/** Puts a parameter like the operation PutParameter. */
	put(input: PutParameterInput): { readonly Version: number; readonly Tier: string };
	/** Returns the latest value, decrypted, or `undefined` if the parameter does not exist. */
	value(name: string): string | undefined;
	close(): void;
}

/** The dependencies of the Parameter Store. */
export interface ParameterStoreOptions {
	readonly clock: Pick<Clock, 'now'>;
	readonly region: string;
	readonly accountId: string;
	/** Path of the SQLite file; '' keeps the parameters in memory. */
	readonly file: string;
}

const Decryption = { WithDecryption: Type.Optional(Type.Boolean()) };
const NameInput = Type.Object({ Name: Type.String() });
const NamesInput = Type.Object({ Names: Type.Array(Type.String(), { minItems: 1, maxItems: 10 }) });
const GetParameterInput = Type.Object({ Name: Type.String(), ...Decryption });
const GetParametersInput = Type.Object({ ...NamesInput.properties, ...Decryption });

/** Opens the Parameter Store with the parameters of its file. */
export function createParameterStore(options: ParameterStoreOptions): ParameterStore {
	const { clock, region, accountId, file } = options;
	const arnPrefix = `arn:aws:ssm:${region}:${accountId}:parameter`;
	const parameters = createDocumentTable({ file, name: 'parameters', schema: Parameter });

	const put = (input: PutParameterInput) => {
		const parameter = putParameter(parameters.get(input.Name), input, clock.now());
		parameters.put(parameter.name, parameter);
		return { Version: parameter.versions.at(-1)?.version ?? 0, Tier: parameter.tier };
	};
	const get = (reference: string, decrypt = false) => {
		const { parameter, version } = findVersion(parameters, reference, arnPrefix);
		return describeParameter(parameter, version, { arnPrefix, decrypt });
	};
	const remove = (name: string) => {
		if (parameters.get(name) === undefined) throw notFound(name);
		parameters.delete(name);
	};

	return {
		signingName: 'ssm',
		jsonVersion: '1.1',
		operations: {
			PutParameter: (input) => put(parseInput(PutParameterInput, input)),
			GetParameter(input) {
				const { Name, WithDecryption } = parseInput(GetParameterInput, input);
				return { Parameter: get(Name, WithDecryption) };
			},
			GetParameters(input) {
				const { Names, WithDecryption } = parseInput(GetParametersInput, input);
				const { results, invalid } = forEachName(Names, (name) => get(name, WithDecryption));
				return { Parameters: results, InvalidParameters: invalid };
			},
			GetParametersByPath: (input) => getParametersByPath(parameters.all(), input, arnPrefix),
			DeleteParameter: (input) => remove(parseInput(NameInput, input).Name),
			DeleteParameters(input) {
				const { results, invalid } = forEachName(parseInput(NamesInput, input).Names, (name) => {
					remove(name);
					return name;
				});
				return { DeletedParameters: results, InvalidParameters: invalid };
			},
		},
		put,
		value: (name) => parameters.get(name)?.versions.at(-1)?.value,
		close: () => parameters.close(),
	};
}

/** A reference is a name or an ARN, optionally with `:<version>`; the default is the latest version. */
function findVersion(parameters: DocumentTable<Parameter>, reference: string, arnPrefix: string) {
	const path = reference.startsWith(arnPrefix) ? reference.slice(arnPrefix.length) : reference;
	const [name = '', number] = path.split(':');
	// An ARN is the same for `/name` and `name`.
	const parameter = parameters.get(name) ?? (path === reference ? undefined : parameters.get(name.slice(1)));
	if (parameter === undefined) throw notFound(reference);
	const version =
		number === undefined
			? parameter.versions.at(-1)
			: parameter.versions.find((candidate) => String(candidate.version) === number);
	if (version !== undefined) return { parameter, version };
	throw new AwsError(
		'ParameterVersionNotFound',
		`Systems Manager could not find version ${number} of ${name}. Verify the version and try again.`,
	);
}

/** Collects the results by name, and the names with an AWS error. */
function forEachName<Result>(names: readonly string[], action: (name: string) => Result) {
	const results: Result[] = [];
	const invalid: string[] = [];
	for (const name of names) {
		try {
			results.push(action(name));
		} catch (error) {
			if (!(error instanceof AwsError)) throw error;
			invalid.push(name);
		}
	}
	return { results, invalid };
}

function notFound(name: string): AwsError {
	return new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
}
