/** Parts of an OpenAPI 3.1 document that the generator reads and changes. */
export interface ApiDocument {
	readonly info: { readonly title: string; readonly version: string; readonly description?: string };
	readonly tags: readonly { readonly name: string; readonly description?: string }[];
	readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
	readonly webhooks?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
	readonly components: {
		readonly schemas: Readonly<Record<string, Schema>>;
		readonly securitySchemes: Readonly<Record<string, { readonly description?: string }>>;
		readonly headers?: Readonly<Record<string, Header>>;
		readonly parameters?: Readonly<Record<string, Parameter>>;
		readonly responses?: Readonly<Record<string, Response>>;
	};
	readonly security?: readonly Security[];
}

type Security = Readonly<Record<string, readonly string[]>>;

/** Reference to a component of the same document. */
export interface Reference {
	readonly $ref: string;
}

/** One method of one path. */
export interface Operation {
	readonly operationId: string;
	readonly summary?: string;
	readonly description?: string;
	readonly tags?: readonly string[];
	readonly security?: readonly Security[];
	readonly callbacks?: Readonly<
		Record<string, Readonly<Record<string, Readonly<Record<string, Operation>>>>>
	>;
	readonly parameters?: readonly (Parameter | Reference)[];
	readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> };
	readonly responses: Readonly<Record<string, Response | Reference>>;
}

/** Parameter of a path, query or header. */
export interface Parameter {
	readonly name: string;
	readonly in: string;
	readonly required?: boolean;
	readonly description?: string;
	readonly schema: Schema;
}

/** Response with one status code. */
export interface Response {
	readonly description: string;
	readonly links?: Readonly<Record<string, Link>>;
	readonly headers?: Readonly<Record<string, Header | Reference>>;
	readonly content?: Readonly<Record<string, MediaType>>;
}

/** Follow-up operation whose parameters are values of the response. */
interface Link {
	readonly operationId: string;
	readonly parameters: Readonly<Record<string, string>>;
	readonly description?: string;
}

/** Header of a response. */
export interface Header {
	readonly description?: string;
	readonly schema: Schema;
}

/** Schema and examples of a body. */
export interface MediaType {
	readonly schema: Schema;
	readonly example?: unknown;
	readonly examples?: Readonly<Record<string, Example>>;
}

/** Named example of a body. */
export interface Example {
	readonly summary?: string;
	readonly value: unknown;
}

/** JSON Schema, limited to the keywords of the API's schemas. */
export interface Schema {
	readonly $ref?: string;
	readonly title?: string;
	readonly description?: string;
	readonly type?: string;
	readonly format?: string;
	readonly enum?: readonly unknown[];
	readonly const?: unknown;
	readonly examples?: readonly unknown[];
	readonly oneOf?: readonly Schema[];
	readonly anyOf?: readonly Schema[];
	readonly items?: Schema;
	readonly properties?: Readonly<Record<string, Schema>>;
	readonly required?: readonly string[];
	readonly additionalProperties?: boolean | Schema;
	readonly [keyword: string]: unknown;
}

/**
 * Returns the target of a reference. Any other object is returned unchanged.
 * @throws if the target does not exist.
 */
export function resolveReference<Thing extends object>(
	document: ApiDocument,
	thing: Thing | Reference,
): Thing;
export function resolveReference(document: ApiDocument, thing: object): unknown {
	if (!('$ref' in thing)) return thing;
	const members = String(thing.$ref).slice('#/'.length).split('/');
	const found = members.reduce<unknown>((place, member) => Object(place)[member], document);
	if (found === undefined) throw new Error(`The document has no component ${String(thing.$ref)}.`);
	return found;
}

/** Path and method of an operation. */
export interface Place {
	readonly method: string;
	readonly path: string;
}

/** Returns the document with each operation replaced by the result of `change`. */
export function withOperations(
	document: ApiDocument,
	change: (operation: Operation, place: Place) => Operation,
): ApiDocument {
	const paths = Object.entries(document.paths).map(([path, item]) => [
		path,
		Object.fromEntries(
			Object.entries(item).map(([method, operation]) => [method, change(operation, { method, path })]),
		),
	]);
	return { ...document, paths: Object.fromEntries(paths) };
}

/** Returns the operation with each inline response replaced by the result of `change`. */
export function withResponses(
	operation: Operation,
	change: (response: Response, status: string) => Response | Reference,
): Operation {
	const responses = Object.entries(operation.responses).map(([status, response]) => [
		status,
		'$ref' in response ? response : change(response, status),
	]);
	return { ...operation, responses: Object.fromEntries(responses) };
}
