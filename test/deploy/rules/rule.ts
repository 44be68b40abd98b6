import { isObject, type Json, type JsonObject } from '../../../src/local-aws/json.ts';
import { type Resource, resolveTemplate } from '../../../src/local-aws/template/resolve-template.ts';
import { parseTemplate, type Template } from '../../../src/local-aws/template/template.ts';

/** A packaged template, and its resources with resolved references. */
export interface PackagedStage {
	readonly stage: string;
	readonly template: Template;
	readonly resources: readonly Resource[];
	readonly ofType: (type: string) => readonly Resource[];
}

/** A rule over all resources of a type. Returns one line per violation. */
export type Rule = (packaged: PackagedStage) => readonly string[];

const PLACE = {
	region: 'eu-west-1',
	accountId: '123456789012',
	awsEndpoint: 'https://aws',
	apiEndpoint: 'https://api',
	parameters: {},
};

/**
 * Resolves a packaged template.
 * @throws Error if a reference has no target or references form a cycle.
 */
export function readStage(stage: string, source: unknown): PackagedStage {
	const { resources, unknown } = resolveTemplate(source, { ...PLACE, stackName: `task-api-${stage}` });
	if (unknown.length > 0)
		throw new Error(`The local AWS does not support ${unknown.map(({ type }) => type).join(', ')}.`);
	return {
		stage,
		template: parseTemplate(source),
		resources,
		ofType: (type) => resources.filter((resource) => resource.type === type),
	};
}

/** The logical ids of the resources that do not satisfy a condition. */
export function failingIds(
	resources: readonly Resource[],
	satisfies: (resource: Resource) => boolean,
): readonly string[] {
	return resources.filter((resource) => !satisfies(resource)).map(({ logicalId }) => logicalId);
}

/** A member of nested properties by its path, or `undefined`. */
export function memberOf(value: Json | undefined, ...path: readonly string[]): Json | undefined {
	let found = value;
	for (const name of path) found = found !== undefined && isObject(found) ? found[name] : undefined;
	return found;
}

/** The objects in a list, or the value itself as a list if it is an object. */
export function objectsOf(value: Json | undefined): readonly JsonObject[] {
	return [value ?? []].flat().filter(isObject);
}

/** The strings in a list, or the value itself as a list if it is a string. */
export function textsOf(value: Json | undefined): readonly string[] {
	return [value ?? []].flat().filter((each) => typeof each === 'string');
}
