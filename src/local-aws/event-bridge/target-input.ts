import * as Type from 'typebox';
import { AwsError } from '../endpoint/service.ts';
import { isObject, type Json, parseJsonText } from '../json.ts';

/** A rule's target, with the members that affect its payload and its delivery. */
export const Target = Type.Object({
	Id: Type.String({ pattern: '^[.\\-_A-Za-z0-9]{1,64}$' }),
	Arn: Type.String({ minLength: 1, maxLength: 1600 }),
	RoleArn: Type.Optional(Type.String()),
	Input: Type.Optional(Type.String({ maxLength: 8192 })),
	InputPath: Type.Optional(Type.String({ maxLength: 256 })),
	InputTransformer: Type.Optional(
		Type.Object({
			InputPathsMap: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 256 }))),
			InputTemplate: Type.String({ minLength: 1, maxLength: 8192 }),
		}),
	),
	RetryPolicy: Type.Optional(
		Type.Object({
			MaximumRetryAttempts: Type.Optional(Type.Integer({ minimum: 0, maximum: 185 })),
			MaximumEventAgeInSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 86_400 })),
		}),
	),
	DeadLetterConfig: Type.Optional(Type.Object({ Arn: Type.Optional(Type.String()) })),
	SqsParameters: Type.Optional(Type.Object({ MessageGroupId: Type.Optional(Type.String()) })),
});

export type Target = Type.Static<typeof Target>;

/** The data of a delivery that is not in the event. */
interface DeliveryContext {
	readonly ruleName: string;
	readonly ruleArn: string;
	/** When the event arrived, in epoch milliseconds. */
	readonly ingestedAtMs: number;
}

/** Creates the payload of a target from an event. */
export type TargetInput = (event: Json, context: DeliveryContext) => string;

/**
 * Parses the target's `Input`, `InputPath` or `InputTransformer`. Without one of them the payload is the event.
 *
 * @throws AwsError `ValidationException`
 */
export function parseTargetInput({ Id, Input, InputPath, InputTransformer }: Target): TargetInput {
	const given = [Input, InputPath, InputTransformer].filter((choice) => choice !== undefined);
	if (given.length > 1) {
		throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`);
	}
	if (Input !== undefined) {
		if (parseJsonText(Input) === undefined) throw invalid(`JSON syntax error in Input for target ${Id}.`);
		return () => Input;
	}
	if (InputPath !== undefined) {
		const find = requirePath(InputPath, Id);
		return (event) => JSON.stringify(find(event) ?? null);
	}
	return InputTransformer === undefined
		? (event) => JSON.stringify(event)
		: parseTransformer(InputTransformer, Id);
}

function parseTransformer(
	{ InputPathsMap = {}, InputTemplate }: NonNullable<Target['InputTransformer']>,
	targetId: string,
): TargetInput {
	const paths = Object.entries(InputPathsMap).map(
		([name, path]) => [name, requirePath(path, targetId)] as const,
	);
	const template = parseTemplate(InputTemplate);
	if (template === undefined) throw invalid(`Invalid InputTemplate for target ${targetId}: not JSON.`);
	const unknown = template.placeholders.find(
		(name) => !Object.hasOwn(InputPathsMap, name) && !Object.hasOwn(PREDEFINED, name),
	);
	if (unknown !== undefined) {
		throw invalid(`Invalid InputTemplate for target ${targetId}: <${unknown}> is not in InputPathsMap.`);
	}
	return (event, context) => {
		const values = new Map(paths.map(([name, find]) => [name, find(event)]));
		return template.fill((name) => PREDEFINED[name]?.(event, context) ?? values.get(name));
	};
}

const PREDEFINED: Readonly<Record<string, (event: Json, context: DeliveryContext) => Json>> = {
	'aws.events.rule-arn': (_, { ruleArn }) => ruleArn,
	'aws.events.rule-name': (_, { ruleName }) => ruleName,
	'aws.events.event.ingestion-time': (_, { ingestedAtMs }) => new Date(ingestedAtMs).toISOString(),
	'aws.events.event.json': (event) => event,
	'aws.events.event': withoutDetail,
};

function withoutDetail(event: Json): Json {
	if (!isObject(event)) return event;
	return Object.fromEntries(Object.entries(event).filter(([name]) => name !== 'detail'));
}

function requirePath(path: string, targetId: string): JsonPath {
	const parsed = parseJsonPath(path);
	if (parsed !== undefined) return parsed;
	throw invalid(`Invalid path ${path} of target ${targetId}.`);
}

function invalid(message: string): AwsError {
	return new AwsError('ValidationException', message);
}

/** Returns the value at a path of an event, or `undefined` if the event has none. */
type JsonPath = (event: Json) => Json | undefined;

/** Parses the paths of EventBridge: `$.detail.items[0].name`, `$.detail['a b']`, `[*]` and `.*`. */
function parseJsonPath(path: string): JsonPath | undefined {
	const [, tail] = /^\$((?:\.[^.[\]]+|\[(?:\d+|\*)\]|\['[^']+'\])*)$/.exec(path) ?? [];
	if (tail === undefined) return undefined;
	const steps = [...tail.matchAll(/\.([^.[\]]+)|\[(\d+|\*)\]|\['([^']+)'\]/g)].map(
		([, name, index, quoted]) => name ?? index ?? quoted ?? '',
	);
	const hasWildcard = steps.includes('*');
	return (event) => {
		const found = steps.reduce<Json[]>(
			(values, step) => values.flatMap((value) => membersOf(value, step)),
			[event],
		);
		return hasWildcard ? found : found[0];
	};
}

function membersOf(value: Json, step: string): readonly Json[] {
	if (typeof value !== 'object' || value === null) return [];
	const members = new Map<string, Json>(Object.entries(value));
	if (step === '*') return [...members.values()];
	const member = members.get(step);
	return member === undefined ? [] : [member];
}

/** A parsed `InputTemplate`. */
interface InputTemplate {
	/** The names between `<` and `>`. */
	readonly placeholders: readonly string[];
	/** Returns the payload with the value of each placeholder. */
	fill(valueOf: (name: string) => Json | undefined): string;
}

const PLACEHOLDER = /<([\w.-]+)>/g;
const STRING_OR_PLACEHOLDER = /"(?:[^"\\]|\\.)*"|<([\w.-]+)>/g;
/** Marks strings that replace an unquoted placeholder. A template cannot contain this character unescaped. */
const MARK = '\u0000';

/**
 * Parses a template. In JSON, an unquoted placeholder becomes the value itself, and a member without a value is left
 * out; in quotes it becomes text. Other templates are plain text. Returns `undefined` for an object that is invalid JSON.
 */
function parseTemplate(template: string): InputTemplate | undefined {
	const placeholders = [...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
	const json = parseJsonText(
		template.replaceAll(STRING_OR_PLACEHOLDER, (text, name?: string) =>
			name === undefined ? text : JSON.stringify(MARK + name),
		),
	);
	if (json !== undefined) return { placeholders, fill: (valueOf) => JSON.stringify(fillJson(json, valueOf)) };
	if (template.trimStart().startsWith('{')) return undefined;
	return { placeholders, fill: (valueOf) => fillText(template, valueOf) };
}

function fillJson(template: Json, valueOf: (name: string) => Json | undefined): unknown {
	if (typeof template === 'string') {
		return template.startsWith(MARK) ? valueOf(template.slice(1)) : fillText(template, valueOf);
	}
	if (typeof template !== 'object' || template === null) return template;
	if (Array.isArray(template)) return template.map((element) => fillJson(element, valueOf));
	return Object.fromEntries(
		Object.entries(template).map(([name, member]) => [name, fillJson(member, valueOf)]),
	);
}

function fillText(text: string, valueOf: (name: string) => Json | undefined): string {
	return text.replaceAll(PLACEHOLDER, (_, name: string) => {
		const value = valueOf(name) ?? '';
		return typeof value === 'string' ? value : JSON.stringify(value);
	});
}
