import * as Type from 'typebox';
import type { Json } from '../json.ts';
import { parseValue } from '../parse.ts';

const AnyJson = Type.Unsafe<Json>({});

const Parameter = Type.Object({
	Type: Type.String(),
	Default: Type.Optional(Type.Union([Type.String(), Type.Number()])),
	AllowedValues: Type.Optional(Type.Array(Type.Union([Type.String(), Type.Number()]))),
	AllowedPattern: Type.Optional(Type.String()),
});

const Resource = Type.Object({
	Type: Type.String(),
	Properties: Type.Optional(Type.Record(Type.String(), AnyJson)),
	DependsOn: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())])),
	Metadata: Type.Optional(Type.Record(Type.String(), AnyJson)),
	Condition: Type.Optional(Type.String()),
});

/** The parts of a CloudFormation template that this package reads. */
export const Template = Type.Object({
	Parameters: Type.Optional(Type.Record(Type.String(), Parameter)),
	Mappings: Type.Optional(
		Type.Record(Type.String(), Type.Record(Type.String(), Type.Record(Type.String(), AnyJson))),
	),
	Conditions: Type.Optional(Type.Record(Type.String(), AnyJson)),
	Resources: Type.Record(Type.String(), Resource),
	Outputs: Type.Optional(
		Type.Record(Type.String(), Type.Object({ Value: AnyJson, Condition: Type.Optional(Type.String()) })),
	),
});

export type Template = Type.Static<typeof Template>;

/** Parses a template. @throws for an invalid template. */
export function parseTemplate(value: unknown): Template {
	return parseValue(Template, value, 'template');
}
