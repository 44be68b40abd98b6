/** The parts of a JSON Schema that the form knows. */
export interface JsonSchema {
	readonly type?: string | undefined;
	readonly description?: string | undefined;
	readonly properties?: Readonly<Record<string, JsonSchema>> | undefined;
	readonly required?: readonly string[] | undefined;
	readonly items?: JsonSchema | undefined;
	readonly enum?: readonly unknown[] | undefined;
	readonly examples?: readonly unknown[] | undefined;
	readonly default?: unknown;
	readonly minimum?: number | undefined;
	readonly maximum?: number | undefined;
	readonly minItems?: number | undefined;
	readonly maxLength?: number | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** Parses a JSON Schema. Keywords that the form does not know are ignored. */
export function parseSchema(value: unknown): JsonSchema {
	const { type, description, minimum, maximum, minItems, maxLength, required, items, examples, ...json } =
		objectOf(value);
	const { properties, enum: choices, default: defaultValue } = json;
	return {
		type: textOf(type),
		description: textOf(description),
		minimum: numberOf(minimum),
		maximum: numberOf(maximum),
		minItems: numberOf(minItems),
		maxLength: numberOf(maxLength),
		enum: listOf(choices),
		examples: listOf(examples),
		required: listOf(required)?.map(String),
		default: defaultValue,
		items: items === undefined ? undefined : parseSchema(items),
		properties:
			properties === undefined
				? undefined
				: Object.fromEntries(
						Object.entries(objectOf(properties)).map(([name, schema]) => [name, parseSchema(schema)]),
					),
	};
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);
const numberOf = (value: unknown) => (typeof value === 'number' ? value : undefined);
const listOf = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined);

/** Returns the members of a JSON object; none for any other value. */
export function objectOf(value: unknown): Json {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** Builds a value from the examples in a schema, and from its constraints where it has none. */
export function exampleOf(schema: unknown): unknown {
	return exampleValue(parseSchema(schema));
}

/** Builds a value from a parsed schema, as {@link exampleOf} does. */
export function exampleValue(schema: JsonSchema): unknown {
	const example = schema.examples?.[0] ?? schema.default ?? schema.enum?.[0];
	if (example !== undefined) return example;
	switch (schema.type) {
		case 'object':
			return Object.fromEntries(
				Object.entries(schema.properties ?? {})
					.filter(
						([name, { examples }]) => schema.required?.includes(name) === true || examples !== undefined,
					)
					.map(([name, property]) => [name, exampleValue(property)]),
			);
		case 'array':
			return Array.from({ length: Math.max(1, schema.minItems ?? 0) }, () =>
				exampleValue(schema.items ?? {}),
			);
		case 'string':
			return 'example';
		case 'integer':
		case 'number':
			return schema.minimum ?? 1;
		case 'boolean':
			return false;
		case undefined:
		default:
			return null;
	}
}
