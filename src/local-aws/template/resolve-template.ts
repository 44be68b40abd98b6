import { isObject, type Json, textOf } from '../json.ts';
import { dependencyOrder } from './dependency-order.ts';
import { type Lookup, referencesIn, resolveValue } from './intrinsic-functions.ts';
import { parameterValues } from './parameters.ts';
import { type Place, type Returned, returnsOf } from './returns.ts';
import { parseTemplate, type Template } from './template.ts';
import { TemplateError } from './template-error.ts';

/** Place and parameters of the stack. */
export interface ResolveOptions extends Place {
	readonly parameters: Readonly<Record<string, string>>;
}

/** A resource with resolved properties. */
export interface Resource extends Returned {
	readonly logicalId: string;
	readonly type: string;
	readonly properties: Readonly<Record<string, Json>>;
	/** `Metadata` of the resource, unresolved. */
	readonly metadata: Readonly<Record<string, Json>>;
}

/** A template without intrinsic functions. */
export interface ResolvedTemplate {
	/** In dependency order, without those whose condition is false. */
	readonly resources: readonly Resource[];
	readonly outputs: Readonly<Record<string, string>>;
	/** Resources of unsupported types. */
	readonly unknown: readonly Pick<Resource, 'logicalId' | 'type'>[];
}

/** Resolves a CloudFormation template without creating anything. @throws {@link TemplateError} if it is invalid. */
export function resolveTemplate(source: unknown, options: ResolveOptions): ResolvedTemplate {
	const template = parseTemplate(source);
	const resources = new Map<string, Resource>();
	const lookup = createLookup(template, options, resources);

	for (const logicalId of dependencyOrder(dependenciesOf(template))) {
		const declared = template.Resources[logicalId];
		if (
			declared === undefined ||
			(declared.Condition !== undefined && !lookup.condition(declared.Condition, logicalId))
		)
			continue;
		const resolved = resolveValue(declared.Properties ?? {}, lookup, `${logicalId}.Properties`);
		const properties = isObject(resolved) ? resolved : {};
		const returns = returnsOf(declared.Type) ?? (() => ({ ref: logicalId, attributes: {} }));
		resources.set(logicalId, {
			logicalId,
			type: declared.Type,
			properties,
			metadata: declared.Metadata ?? {},
			...returns(logicalId, properties, options),
		});
	}

	const outputs = Object.entries(template.Outputs ?? {})
		.filter(
			([name, { Condition }]) => Condition === undefined || lookup.condition(Condition, `Outputs.${name}`),
		)
		.map(([name, { Value }]) => [name, textOf(resolveValue(Value, lookup, `Outputs.${name}`))] as const);
	const all = [...resources.values()];
	return {
		resources: all,
		outputs: Object.fromEntries(outputs),
		unknown: all
			.filter(({ type }) => returnsOf(type) === undefined)
			.map(({ logicalId, type }) => ({ logicalId, type })),
	};
}

/** Returns the dependencies of each resource. @throws for an unknown name. */
function dependenciesOf({ Resources, Parameters = {} }: Template): Map<string, string[]> {
	return new Map(
		Object.entries(Resources).map(([logicalId, { Properties = {}, DependsOn = [] }]) => {
			const references = [...referencesIn(Properties), ...[DependsOn].flat()];
			const missing = references.find(
				(name) =>
					!Object.hasOwn(Resources, name) && !Object.hasOwn(Parameters, name) && !name.startsWith('AWS::'),
			);
			if (missing !== undefined)
				throw new TemplateError(
					`${logicalId} refers to ${missing}, which is neither a resource nor a parameter.`,
				);
			return [logicalId, references.filter((name) => Object.hasOwn(Resources, name))];
		}),
	);
}

function createLookup(
	template: Template,
	options: ResolveOptions,
	resources: ReadonlyMap<string, Resource>,
): Lookup {
	const parameters = parameterValues(template, options.parameters);
	const pseudo: Readonly<Record<string, Json>> = {
		'AWS::AccountId': options.accountId,
		'AWS::NotificationARNs': [],
		'AWS::Partition': 'aws',
		'AWS::Region': options.region,
		'AWS::StackId': `arn:aws:cloudformation:${options.region}:${options.accountId}:stack/${options.stackName}/local`,
		'AWS::StackName': options.stackName,
		'AWS::URLSuffix': 'amazonaws.com',
	};
	const lookup: Lookup = {
		ref(name, where) {
			const value = resources.get(name)?.ref ?? parameters[name] ?? pseudo[name];
			if (value === undefined) throw new TemplateError(`${where} refers to ${name}, which is not there.`);
			return value;
		},
		attribute(name, attribute, where) {
			const value = resources.get(name)?.attributes[attribute];
			if (value !== undefined) return value;
			const type = template.Resources[name]?.Type ?? 'nothing';
			throw new TemplateError(
				`${where} wants ${name}.${attribute}, but ${name} is ${type} and has no such attribute here.`,
			);
		},
		condition(name, where) {
			const condition = template.Conditions?.[name];
			if (condition === undefined)
				throw new TemplateError(`${where} uses the condition ${name}, which is not there.`);
			return resolveValue(condition, lookup, `Conditions.${name}`) === true;
		},
		mapping(map, key, second, where) {
			const value = template.Mappings?.[map]?.[key]?.[second];
			if (value === undefined)
				throw new TemplateError(`${where} finds nothing in the mapping ${map} under ${key}, ${second}.`);
			return value;
		},
	};
	return lookup;
}
