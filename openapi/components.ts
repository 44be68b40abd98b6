type JsonObject = { readonly [member: string]: unknown };

/** Names of components that have no title, by the name that their place in the document would give them. */
const NAMES: Readonly<Record<string, string>> = {
	CreateTaskRequest: 'NewTask',
	CreateTasksRequest: 'NewTaskBatch',
	NewTaskBatchTasksItem: 'BatchedTask',
	CreateTasksResponse: 'TaskBatchResults',
	TaskBatchResultsResultsItem: 'TaskBatchResult',
	ListTasksResponse: 'TaskList',
	ListTaskEventsResponse: 'TaskEvents',
	CancelTaskRequest: 'TaskCancellation',
	GetHealthResponse: 'Health',
	GetOpenapiResponse: 'OpenapiDocument',
	GetDocsResponse: 'DocsPage',
	ProblemErrorsItem: 'ValidationFault',
	ValidationFaultLocItem: 'ValidationFaultLocation',
	FastApiErrorDetail1: 'ValidationFaults',
	TaskTypeDefinition: 'StateMachine',
	StateMachineStatesValue: 'State',
	OrderDataItemsItem: 'OrderItem',
	ListSchedulesResponse: 'ScheduleList',
	ListScheduleTasksResponse: 'ScheduleRunList',
	ListWebhooksResponse: 'WebhookList',
	ListWebhookDeliveriesResponse: 'DeliveryList',
	GetWebhookSecretResponse: 'WebhookSecret',
	ReleaseResultValidationProblemsItem: 'PackageProblem',
};

/**
 * Moves every schema that a generated client has to name into `components/schemas`: bodies, objects and unions. A schema
 * is named by its `title` or else by its place. Enumerations get a type and discriminators their mapping.
 *
 * @throws if two different schemas claim one name.
 */
export function nameComponents(document: JsonObject): JsonObject {
	const schemas = new Map<string, JsonObject>();

	function reference(schema: JsonObject, name: string): JsonObject {
		const text = JSON.stringify(schema);
		for (const [known, other] of schemas)
			if (JSON.stringify(other) === text) return { $ref: `#/components/schemas/${known}` };
		if (schemas.has(name)) throw new Error(`Two different schemas are named ${name}: give one a title.`);
		schemas.set(name, schema);
		return { $ref: `#/components/schemas/${name}` };
	}

	/** Returns the schema, or a reference to it, with its own schemas named. */
	function visit(value: unknown, place: string, isNamed = false): unknown {
		if (!isObject(value) || '$ref' in value) return value;
		const { title, ...schema } = value;
		const name = typeof title === 'string' ? title : (NAMES[place] ?? place);
		const visited = withType(
			Object.fromEntries(
				Object.entries(schema).map(([keyword, member]) => [keyword, visitMember(keyword, member, name)]),
			),
		);
		const isUnion = 'oneOf' in visited || 'anyOf' in visited;
		const hasMembers = visited['type'] === 'object' && 'properties' in visited;
		if (!isNamed && typeof title !== 'string' && !isUnion && !hasMembers) return visited;
		return reference(withMapping(visited, schemas), name);
	}

	function visitMember(keyword: string, member: unknown, name: string): unknown {
		switch (keyword) {
			case 'properties':
				return mapMembers(member, (schema, property) => visit(schema, `${name}${pascal(property)}`));
			case 'items':
				return visit(member, `${name}Item`);
			case 'additionalProperties':
				return isObject(member) ? visit(member, `${name}Value`) : member;
			case 'oneOf':
			case 'anyOf':
				return Array.isArray(member)
					? member.map((schema, index) => visit(schema, `${name}${index}`, !isScalar(schema)))
					: member;
			default:
				return member;
		}
	}

	function visitContent(part: unknown, name: string): unknown {
		if (!isObject(part) || !isObject(part['content'])) return part;
		const content = mapMembers(part['content'], (media) =>
			isObject(media) ? { ...media, schema: visit(media['schema'], name, true) } : media,
		);
		return { ...part, content };
	}

	const paths = mapMembers(document['paths'], (item) =>
		mapMembers(item, (operation) => {
			if (!isObject(operation)) return operation;
			const name = pascal(String(operation['operationId']));
			const { requestBody, responses, parameters, ...rest } = operation;
			return {
				...rest,
				...(parameters === undefined ? {} : { parameters: typedParameters(parameters) }),
				...(requestBody === undefined ? {} : { requestBody: visitContent(requestBody, `${name}Request`) }),
				responses: mapMembers(responses, (response) => visitContent(response, `${name}Response`)),
			};
		}),
	);
	const components = isObject(document['components']) ? document['components'] : {};
	const sorted = [...schemas].toSorted(([left], [right]) => (left < right ? -1 : 1));
	return { ...document, paths, components: { ...components, schemas: Object.fromEntries(sorted) } };
}

function typedParameters(parameters: unknown): unknown {
	if (!Array.isArray(parameters)) return parameters;
	return parameters.map((parameter: unknown) =>
		isObject(parameter) && isObject(parameter['schema'])
			? { ...parameter, schema: withType(parameter['schema']) }
			: parameter,
	);
}

/** An enumeration with the type of its values. Of booleans only the type is left, since Java has no such enumeration. */
function withType(schema: JsonObject): JsonObject {
	const { enum: listed, const: constant, ...rest } = schema;
	const values: readonly unknown[] = Array.isArray(listed)
		? listed
		: constant === undefined
			? []
			: [constant];
	if (values.length === 0) return schema;
	const [type] = new Set(values.map((value) => typeof value));
	return type === 'boolean' ? { ...rest, type } : { ...rest, type, enum: values };
}

/** Names the alternative for each value of a discriminator. */
function withMapping(schema: JsonObject, schemas: ReadonlyMap<string, JsonObject>): JsonObject {
	const { discriminator, oneOf } = schema;
	if (!isObject(discriminator) || !Array.isArray(oneOf)) return schema;
	const mapping = oneOf.map((alternative: unknown) => {
		const target = isObject(alternative) ? String(alternative['$ref']) : '';
		const properties = schemas.get(target.replace('#/components/schemas/', ''))?.['properties'];
		const property = isObject(properties) ? properties[String(discriminator['propertyName'])] : undefined;
		const [value] = isObject(property) && Array.isArray(property['enum']) ? property['enum'] : [];
		return [String(value), target];
	});
	return { ...schema, discriminator: { ...discriminator, mapping: Object.fromEntries(mapping) } };
}

function isScalar(schema: unknown): boolean {
	return isObject(schema) && ['string', 'integer', 'number'].includes(String(schema['type']));
}

function mapMembers(value: unknown, change: (member: unknown, name: string) => unknown): JsonObject {
	if (!isObject(value)) return {};
	return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, change(member, name)]));
}

function isObject(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `next_cursor` -> `NextCursor`. */
function pascal(name: string): string {
	return name.replaceAll(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
