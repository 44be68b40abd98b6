import { AwsError } from '../endpoint/service.ts';
import { parseTemplate } from './input-template.ts';
import { type Json, parseJsonText } from './json.ts';
import { parseJsonPath } from './json-path.ts';
import type { Target } from './target.ts';

/** What a transformer may say of an event besides what is in it. */
interface Occasion {
	readonly ruleName: string;
	readonly ruleArn: string;
	/** When the event came in, in epoch milliseconds. */
	readonly ingestedAtMs: number;
}

/** Makes the payload that a target gets for an event. */
export type TargetInput = (event: Json, occasion: Occasion) => string;

/** Reads the target's Input, InputPath or InputTransformer; without one the payload is the event. Throws ValidationException. */
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
	return (event, occasion) => {
		const values = new Map(paths.map(([name, find]) => [name, find(event)]));
		return template.fill((name) => PREDEFINED[name]?.(event, occasion) ?? values.get(name));
	};
}

const PREDEFINED: Readonly<Record<string, (event: Json, occasion: Occasion) => Json>> = {
	'aws.events.rule-arn': (_, { ruleArn }) => ruleArn,
	'aws.events.rule-name': (_, { ruleName }) => ruleName,
	'aws.events.event.ingestion-time': (_, { ingestedAtMs }) => new Date(ingestedAtMs).toISOString(),
	'aws.events.event.json': (event) => event,
	'aws.events.event': withoutDetail,
};

function withoutDetail(event: Json): Json {
	if (typeof event !== 'object' || event === null) return event;
	return Object.fromEntries(Object.entries(event).filter(([name]) => name !== 'detail'));
}

function requirePath(path: string, targetId: string) {
	const parsed = parseJsonPath(path);
	if (parsed !== undefined) return parsed;
	throw invalid(`The path ${path} of target ${targetId} is not one that EventBridge takes.`);
}

function invalid(message: string): AwsError {
	return new AwsError('ValidationException', message);
}
