import { isObject, type Json, type JsonObject, textOf } from '../json.ts';
import { TemplateError } from './template-error.ts';

/** Lookups of the intrinsic functions in the rest of the template. Errors contain `where`. */
export interface Lookup {
	/** Returns the `Ref` of a resource, parameter or pseudo parameter. */
	ref(name: string, where: string): Json;
	attribute(name: string, attribute: string, where: string): string;
	condition(name: string, where: string): boolean;
	mapping(map: string, key: string, second: string, where: string): Json;
}

/** Marks a member that `AWS::NoValue` removes. */
export const NO_VALUE = Symbol('AWS::NoValue');

type Resolved = Json | typeof NO_VALUE;

/** Evaluates the intrinsic functions in a value, without mutating it. @throws {@link TemplateError} */
export function resolveValue(value: Json, lookup: Lookup, where: string): Json {
	const resolved = resolve(value, lookup, where);
	return resolved === NO_VALUE ? null : resolved;
}

function resolve(value: Json, lookup: Lookup, where: string): Resolved {
	if (Array.isArray(value)) {
		return value.flatMap((item, index) => {
			const resolved = resolve(item, lookup, `${where}.${index}`);
			return resolved === NO_VALUE ? [] : [resolved];
		});
	}
	if (!isObject(value)) return value;
	const entries = Object.entries(value);
	const [first] = entries;
	if (entries.length === 1 && first !== undefined && isIntrinsic(first[0]))
		return call(first[0], first[1], lookup, where);
	const members = entries.flatMap(([name, member]) => {
		const resolved = resolve(member, lookup, `${where}.${name}`);
		return resolved === NO_VALUE ? [] : [[name, resolved] as const];
	});
	return Object.fromEntries(members);
}

function isIntrinsic(name: string): boolean {
	return name === 'Ref' || name === 'Condition' || name.startsWith('Fn::');
}

function call(name: string, argument: Json, lookup: Lookup, where: string): Resolved {
	const implementation = FUNCTIONS[name];
	if (implementation === undefined)
		throw new TemplateError(`${where} uses ${name}, which local-aws does not support.`);
	return implementation(argument, lookup, where);
}

type IntrinsicFunction = (argument: Json, lookup: Lookup, where: string) => Resolved;

const FUNCTIONS: Readonly<Record<string, IntrinsicFunction>> = {
	Ref(argument, lookup, where) {
		const name = text(argument, 'Ref', where);
		return name === 'AWS::NoValue' ? NO_VALUE : lookup.ref(name, where);
	},
	Condition: (argument, lookup, where) => lookup.condition(text(argument, 'Condition', where), where),
	'Fn::GetAtt'(argument, lookup, where) {
		const [name = '', ...attribute] =
			typeof argument === 'string' ? argument.split('.') : list(argument, 'Fn::GetAtt', where).map(String);
		return lookup.attribute(name, attribute.join('.'), where);
	},
	'Fn::Sub'(argument, lookup, where) {
		const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
		const own = isObject(variables) ? variables : {};
		return text(template ?? null, 'Fn::Sub', where).replaceAll(
			/\$\{(!?)([^}]+)\}/g,
			(_, literal: string, name: string) => {
				if (literal === '!') return `\${${name}}`;
				if (Object.hasOwn(own, name))
					return scalar(resolveValue(own[name] ?? null, lookup, where), 'Fn::Sub', where);
				const [resource = '', ...attribute] = name.split('.');
				const value =
					attribute.length === 0
						? lookup.ref(resource, where)
						: lookup.attribute(resource, attribute.join('.'), where);
				return scalar(value, 'Fn::Sub', where);
			},
		);
	},
	'Fn::Join'(argument, lookup, where) {
		const [separator, parts] = list(resolveValue(argument, lookup, where), 'Fn::Join', where);
		return list(parts ?? null, 'Fn::Join', where)
			.map((part) => scalar(part, 'Fn::Join', where))
			.join(scalar(separator, 'Fn::Join', where));
	},
	'Fn::Select'(argument, lookup, where) {
		const [index, from] = list(resolveValue(argument, lookup, where), 'Fn::Select', where);
		const selected = list(from ?? null, 'Fn::Select', where)[Number(index)];
		if (selected === undefined)
			throw new TemplateError(`${where}: Fn::Select finds no item ${scalar(index, 'Fn::Select', where)}.`);
		return selected;
	},
	'Fn::Split'(argument, lookup, where) {
		const [separator, whole] = list(resolveValue(argument, lookup, where), 'Fn::Split', where);
		return scalar(whole, 'Fn::Split', where).split(scalar(separator, 'Fn::Split', where));
	},
	'Fn::If'(argument, lookup, where) {
		const [condition, yes, no] = list(argument, 'Fn::If', where);
		const chosen = lookup.condition(text(condition ?? null, 'Fn::If', where), where) ? yes : no;
		return resolve(chosen ?? null, lookup, where);
	},
	'Fn::Equals'(argument, lookup, where) {
		const [left, right] = list(resolveValue(argument, lookup, where), 'Fn::Equals', where);
		return JSON.stringify(left) === JSON.stringify(right);
	},
	'Fn::And': (argument, lookup, where) =>
		list(resolveValue(argument, lookup, where), 'Fn::And', where).every((each) => each === true),
	'Fn::Or': (argument, lookup, where) =>
		list(resolveValue(argument, lookup, where), 'Fn::Or', where).some((each) => each === true),
	'Fn::Not': (argument, lookup, where) =>
		list(resolveValue(argument, lookup, where), 'Fn::Not', where)[0] !== true,
	'Fn::FindInMap'(argument, lookup, where) {
		const [map, key, second] = list(resolveValue(argument, lookup, where), 'Fn::FindInMap', where).map(
			String,
		);
		return lookup.mapping(map ?? '', key ?? '', second ?? '', where);
	},
	'Fn::Base64': (argument, lookup, where) =>
		Buffer.from(textOf(resolveValue(argument, lookup, where))).toString('base64'),
	'Fn::ToJsonString': (argument, lookup, where) => JSON.stringify(resolveValue(argument, lookup, where)),
	'Fn::Length': (argument, lookup, where) =>
		list(resolveValue(argument, lookup, where), 'Fn::Length', where).length,
};

/** Returns the text of a scalar. */
function scalar(value: Json | undefined, function_: string, where: string): string {
	if (value === undefined || typeof value === 'object')
		throw new TemplateError(`${where}: ${function_} needs a text.`);
	return String(value);
}

function text(value: Json, function_: string, where: string): string {
	if (typeof value === 'string') return value;
	throw new TemplateError(`${where}: ${function_} needs a string.`);
}

function list(value: Json, function_: string, where: string): Json[] {
	if (Array.isArray(value)) return value;
	throw new TemplateError(`${where}: ${function_} needs a list.`);
}

/** Returns the logical names that a value refers to. */
export function referencesIn(value: Json): string[] {
	if (Array.isArray(value)) return value.flatMap(referencesIn);
	if (!isObject(value)) return [];
	return Object.entries(value).flatMap(([name, member]) => [
		...ownReferences(name, member),
		...referencesIn(member),
	]);
}

function ownReferences(name: string, argument: Json): string[] {
	if (name === 'Ref' && typeof argument === 'string') return [argument];
	if (name === 'Fn::GetAtt')
		return [
			textOf(
				typeof argument === 'string' ? argument.split('.')[0] : Array.isArray(argument) ? argument[0] : '',
			),
		];
	if (name !== 'Fn::Sub') return [];
	const [template, own] = Array.isArray(argument) ? argument : [argument];
	const names = [...textOf(template).matchAll(/\$\{([^!}.][^}.]*)[^}]*\}/g)].map(([, found = '']) => found);
	return names.filter((found) => !Object.hasOwn(isObject(own) ? own : ({} satisfies JsonObject), found));
}
