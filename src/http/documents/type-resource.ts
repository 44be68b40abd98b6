import * as Type from 'typebox';
import { parseJson } from '../../parse.ts';
import type { Workflow } from '../../workflows/define-workflow.ts';
import type { ReadDocument } from './document.ts';

/** A state machine as clients see it; its other members are the states' own, in Amazon States Language. */
const Definition = Type.Object(
	{
		StartAt: Type.String(),
		TimeoutSeconds: Type.Number(),
		States: Type.Record(Type.String(), Type.Object({ Type: Type.String() }, { additionalProperties: true })),
	},
	{
		additionalProperties: true,
		description: 'The states and what follows what, in Amazon States Language; what they call is left out.',
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

/** A task type as clients see it. */
export const TypeResource = Type.Object(
	{
		type: Type.String({ examples: ['greeting'] }),
		description: Type.String({ examples: ['Greets somebody.'] }),
		input_schema: JsonSchema('What a task’s `data` has to be, in JSON Schema.'),
		result_schema: JsonSchema('What a task’s `result` will be, in JSON Schema.'),
		expected_seconds: Type.Number({ description: 'How long a task usually takes.', examples: [1] }),
		timeout_seconds: Type.Number({
			description: 'When a task is ended as `TIMED_OUT`, after its start.',
			examples: [300],
		}),
		definition: Definition,
	},
	{ title: 'TaskType', additionalProperties: false },
);

type TypeResource = Type.Static<typeof TypeResource>;

/** Every type by its name. Throws where the definitions were not built from the same workflows. */
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
			if (definition === undefined) throw new Error(`definitions.json has no ${type}.`);
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
