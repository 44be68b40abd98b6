import type { TLocalizedValidationError } from 'typebox/error';
import { isObject, type Json } from '../json.ts';

/** One problem of a definition. `code` and `message` follow ValidateStateMachineDefinition of AWS. */
export interface Fault {
	readonly code: string;
	/** JSON pointer into the definition; empty for its top level. */
	readonly path: string;
	readonly message: string;
}

/** Builds a fault with the code that AWS uses for most problems. */
export function schemaFault(path: string, message: string): Fault {
	return { code: 'SCHEMA_VALIDATION_FAILED', path, message };
}

/** The message for machines and states whose query language is JSONPath. */
export const JSONPATH_ADVICE =
	'JSONPath is not supported by the local Step Functions. Set "QueryLanguage": "JSONata" for the state machine or for this state, and write Arguments, Output and Assign instead of InputPath, Parameters, ResultSelector, ResultPath and OutputPath';

/** JSONPath fields with the JSONata field to use instead. */
const JSONATA_FIELDS: Readonly<Record<string, string>> = {
	InputPath: 'Arguments or Output with $states.input',
	Parameters: 'Arguments',
	ResultSelector: 'Output with $states.result',
	ResultPath: 'Output or Assign',
	OutputPath: 'Output',
	Result: 'Output',
	ItemsPath: 'Items',
	Iterator: 'ItemProcessor',
	SecondsPath: 'Seconds',
	TimestampPath: 'Timestamp',
	TimeoutSecondsPath: 'TimeoutSeconds',
	HeartbeatSecondsPath: 'HeartbeatSeconds',
	MaxConcurrencyPath: 'MaxConcurrency',
	ErrorPath: 'Error',
	CausePath: 'Cause',
	Variable: 'Condition',
	And: 'Condition',
	Or: 'Condition',
	Not: 'Condition',
};
/** Comparison operators of JSONPath Choice rules, such as `StringEquals` or `IsPresent`. */
const CHOICE_OPERATOR =
	/^(String|Numeric|Timestamp|Boolean)(Equals|LessThan|GreaterThan|Matches)|^Is(Null|Present|Numeric|String|Boolean|Timestamp)$/;

const DISTRIBUTED_MAP_FIELDS = new Set([
	'ItemReader',
	'ItemBatcher',
	'ResultWriter',
	'ToleratedFailureCount',
	'ToleratedFailurePercentage',
	'Label',
]);
const EXPRESSION = 'a JSONata expression such as {% $states.input %}';
const INLINE_ONLY = 'the local Step Functions runs inline Maps only';

/** Turns schema errors into one readable fault for each field. */
export function describeSchemaErrors(
	errors: readonly TLocalizedValidationError[],
	value: Json,
	path: string,
): Fault[] {
	const alternatives = errors.filter(({ keyword }) => keyword === 'anyOf');
	const isAlternative = ({ schemaPath }: TLocalizedValidationError) =>
		alternatives.some((union) => schemaPath.startsWith(`${union.schemaPath}/anyOf/`));
	return errors
		.filter((error) => error.keyword !== 'boolean' && !isAlternative(error))
		.flatMap((error) => {
			const at = `${path}${error.instancePath}`;
			if (error.keyword === 'additionalProperties') {
				const isMap = isObject(value) && value['Type'] === 'Map' && error.instancePath === '';
				return error.params.additionalProperties.map((field) => unsupportedField(field, at, isMap));
			}
			if (error.keyword !== 'anyOf') return [schemaFault(at, describeError(error))];
			const options = errors
				.filter(({ schemaPath }) => schemaPath.startsWith(`${error.schemaPath}/anyOf/`))
				.map((option) =>
					option.keyword === 'type' && option.params.type === 'string'
						? EXPRESSION
						: describeRequirement(option),
				);
			return [schemaFault(at, `${fieldName(error)} must be ${[...new Set(options)].join(' or ')}`)];
		});
}

function unsupportedField(field: string, path: string, isMap: boolean): Fault {
	const replacement = jsonataField(field, isMap);
	if (replacement !== undefined)
		return schemaFault(
			path,
			`Field '${field}' is not supported: it belongs to JSONPath, use ${replacement} instead`,
		);
	const reason = isMap && DISTRIBUTED_MAP_FIELDS.has(field) ? `: ${INLINE_ONLY}` : '';
	return schemaFault(path, `Field '${field}' is not supported${reason}`);
}

function jsonataField(field: string, isMap: boolean): string | undefined {
	if (isMap && field === 'Parameters') return 'ItemSelector';
	if (CHOICE_OPERATOR.test(field)) return 'Condition';
	return Object.hasOwn(JSONATA_FIELDS, field) ? JSONATA_FIELDS[field] : undefined;
}

function describeError(error: TLocalizedValidationError): string {
	if (error.keyword === 'required') {
		return `These fields are required: [${error.params.requiredProperties.join(', ')}]`;
	}
	if (error.keyword === 'const' && error.instancePath.endsWith('/ProcessorConfig/Mode'))
		return `The field 'Mode' must be INLINE: ${INLINE_ONLY}`;
	return `${fieldName(error)} must be ${describeRequirement(error)}`;
}

function describeRequirement(error: TLocalizedValidationError): string {
	const { keyword, message } = error;
	if (keyword === 'enum') return `one of ${error.params.allowedValues.join(', ')}`;
	if (keyword === 'const') return String(error.params.allowedValue);
	if (keyword === 'pattern') return EXPRESSION;
	if (keyword === 'minItems' || keyword === 'minProperties') return 'non-empty';
	if (keyword === 'type') return `of type ${[error.params.type].flat().join(' or ')}`;
	return message.replace(/^must be /, '');
}

function fieldName({ instancePath }: TLocalizedValidationError): string {
	return instancePath === '' ? 'The value' : `The field '${instancePath.split('/').at(-1)}'`;
}
