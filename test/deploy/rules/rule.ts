import { isObject, type Json, type JsonObject } from '../../../src/local-aws/json.ts';
import { type Resource, resolveTemplate } from '../../../src/local-aws/template/resolve-template.ts';
import { parseTemplate, type Template } from '../../../src/local-aws/template/template.ts';

/** A packaged template, as it is and with its references resolved. */
export interface PackagedStage {
	readonly stage: string;
	readonly template: Template;
	readonly resources: readonly Resource[];
	readonly ofType: (type: string) => readonly Resource[];
}

/** A rule over all resources of a type, never over a list of names. Its answer is what breaks it, one line each. */
export type Rule = (packaged: PackagedStage) => readonly string[];

const PLACE = {
	region: 'eu-west-1',
	accountId: '123456789012',
	awsEndpoint: 'https://aws',
	apiEndpoint: 'https://api',
	parameters: {},
};

/** Throws where a reference resolves to nothing, or where references go round in a circle. */
export function readStage(stage: string, source: unknown): PackagedStage {
	const { resources, unknown } = resolveTemplate(source, { ...PLACE, stackName: `task-api-${stage}` });
	if (unknown.length > 0)
		throw new Error(`The local AWS does not know ${unknown.map(({ type }) => type).join(', ')}.`);
	return {
		stage,
		template: parseTemplate(source),
		resources,
		ofType: (type) => resources.filter((resource) => resource.type === type),
	};
}

/** The logical ids of the resources that do not do what the rule wants. */
export function lacking(
	resources: readonly Resource[],
	satisfies: (resource: Resource) => boolean,
): readonly string[] {
	return resources.filter((resource) => !satisfies(resource)).map(({ logicalId }) => logicalId);
}

/** A member of nested properties by its path, or undefined. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
	let found = value;
	for (const name of path) found = found !== undefined && isObject(found) ? found[name] : undefined;
	return found;
}

/** A list, or the one value, as a list of objects. */
export function objects(value: Json | undefined): readonly JsonObject[] {
	return [value ?? []].flat().filter(isObject);
}

/** A list, or the one value, as a list of texts. */
export function texts(value: Json | undefined): readonly string[] {
	return [value ?? []].flat().filter((each) => typeof each === 'string');
}
