import type { Workflow } from '../src/workflows/define-workflow.ts';

type JsonObject = { readonly [member: string]: unknown };

/**
 * Makes `Task` a union that is discriminated by `type`, with the `result` of each type, and names the `data` of each type.
 */
export function typeTasks(document: JsonObject, workflows: Readonly<Record<string, Workflow>>): JsonObject {
	const change = (value: unknown): unknown => {
		if (Array.isArray(value)) return value.map(change);
		if (!isObject(value)) return value;
		if (value['title'] === 'Task') return taskUnion(value, workflows);
		if (Array.isArray(value['oneOf']) && isObject(value['discriminator']))
			return { ...value, oneOf: value['oneOf'].map(withDataTitle) };
		return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, change(member)]));
	};
	return { ...document, paths: change(document['paths']) };
}

function taskUnion(task: JsonObject, workflows: Readonly<Record<string, Workflow>>): JsonObject {
	const properties = isObject(task['properties']) ? task['properties'] : {};
	return {
		title: 'Task',
		type: 'object',
		discriminator: { propertyName: 'type' },
		oneOf: Object.entries(workflows).map(([type, { description, result }]) => ({
			...task,
			title: `${pascal(type)}Task`,
			description,
			properties: {
				...properties,
				type: { type: 'string', enum: [type] },
				result: { ...clone(result), title: `${pascal(type)}Result` },
				links: named(properties['links'], 'TaskLinks'),
				error: named(properties['error'], 'TaskError'),
				progress: named(properties['progress'], 'TaskProgress'),
				waiting_for: named(properties['waiting_for'], 'WaitingFor'),
			},
		})),
	};
}

/** Gives `data` a title, so that single tasks and batches share one component per type. */
function withDataTitle(alternative: unknown): unknown {
	if (!isObject(alternative) || !isObject(alternative['properties'])) return alternative;
	const { type, data } = alternative['properties'];
	const [value] = isObject(type) && Array.isArray(type['enum']) ? type['enum'] : [Object(type).const];
	return {
		...alternative,
		properties: { ...alternative['properties'], data: named(data, `${pascal(String(value))}Data`) },
	};
}

function named(schema: unknown, title: string): unknown {
	return isObject(schema) ? { title, ...schema } : schema;
}

function clone(schema: object): JsonObject {
	return JSON.parse(JSON.stringify(schema));
}

function isObject(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pascal(type: string): string {
	return type.replaceAll(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
}
