import * as Type from 'typebox';
import { parseJson } from '../../parse.ts';
import type { Workflow } from '../../workflows/define-workflow.ts';
import type { ReadDocument } from './document.ts';

/** A state machine in responses. Further members are those of Amazon States Language. */
const Definition = Type.Object(
	{
		StartAt: Type.String(),
		TimeoutSeconds: Type.Number(),
		States: Type.Record(Type.String(), Type.Object({ Type: Type.String() }, { additionalProperties: true })),
	},
	{
		additionalProperties: true,
		description: 'The state machine in Amazon States Language, without the resources that it calls.',
		examples: [
			{
				StartAt: 'Greet',
				TimeoutSeconds: 300,
				States: { Greet: { Type: 'Task', TimeoutSeconds: 30, End: true } },
			},
		],
	},
);

const JsonSchema = (description: string) =>
	Type.Unsafe<object>({ type: 'object', description, examples: [{ type: 'object', properties: {} }] });

/** A task type in responses. */
export const TypeResource = Type.Object(
	{
		type: Type.String({ examples: ['greeting'] }),
		description: Type.String({ examples: ['Greets somebody.'] }),
		input_schema: JsonSchema('JSON Schema of `data`.'),
		result_schema: JsonSchema('JSON Schema of `result`.'),
		expected_seconds: Type.Number({ description: 'Usual duration of a task.', examples: [1] }),
		timeout_seconds: Type.Number({
			description: 'Time after the start at which a task ends as `TIMED_OUT`.',
			examples: [300],
		}),
		definition: Definition,
	},
	{ title: 'TaskType', additionalProperties: false },
);

type TypeResource = Type.Static<typeof TypeResource>;

/**
 * Returns every type by its name.
 * @throws if `definitions.json` was built from other workflows.
 */
export async function readTypes(
	workflows: Readonly<Record<string, Workflow>>,
	readDocument: ReadDocument,
): Promise<ReadonlyMap<string, TypeResource>> {
	const schema = Type.Record(Type.String(), Definition);
	const definitions = new Map(
		Object.entries(parseJson(schema, await readDocument('definitions.json'), 'definitions')),
	);
	return new Map(
		Object.entries(workflows).map(([type, workflow]) => {
			const definition = definitions.get(type);
			if (definition === undefined)
				throw new Error(`definitions.json lacks the type ${type}. Build the function again.`);
			return [type, typeResource(type, workflow, definition)];
		}),
	);
}

function typeResource(
	type: string,
	{ description, input, result, expectedSeconds }: Workflow,
	definition: Type.Static<typeof Definition>,
): TypeResource {
	return {
		type,
		description,
		input_schema: input,
		result_schema: result,
		expected_seconds: expectedSeconds,
		timeout_seconds: definition.TimeoutSeconds,
		definition,
	};
}
