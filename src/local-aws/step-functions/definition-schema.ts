import * as Type from 'typebox';
import type { Json } from '../json.ts';

const STRICT = { additionalProperties: false } as const;

const Expression = Type.String({ pattern: '^\\{%[\\s\\S]*%\\}$' });
const AnyJson = Type.Unsafe<Json>({});
const Assign = Type.Unsafe<Record<string, Json>>({ type: 'object' });
const Text = Type.String();
/** The largest number of seconds that AWS takes for a timeout. */
const Seconds = Type.Union([Type.Integer({ minimum: 1, maximum: 99_999_999 }), Expression]);

const Retrier = Type.Object(
	{
		ErrorEquals: Type.Array(Text, { minItems: 1 }),
		IntervalSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 99_999_999 })),
		MaxAttempts: Type.Optional(Type.Integer({ minimum: 0, maximum: 99_999_999 })),
		BackoffRate: Type.Optional(Type.Number({ minimum: 1 })),
		MaxDelaySeconds: Type.Optional(Type.Integer({ exclusiveMinimum: 0, exclusiveMaximum: 31_622_400 })),
		JitterStrategy: Type.Optional(Type.Enum(['FULL', 'NONE'])),
		Comment: Type.Optional(Text),
	},
	STRICT,
);

const Catcher = Type.Object(
	{
		ErrorEquals: Type.Array(Text, { minItems: 1 }),
		Next: Text,
		Output: Type.Optional(AnyJson),
		Assign: Type.Optional(Assign),
		Comment: Type.Optional(Text),
	},
	STRICT,
);

const COMMON = { Comment: Type.Optional(Text), QueryLanguage: Type.Optional(Type.Literal('JSONata')) };
const RESULT = { Output: Type.Optional(AnyJson), Assign: Type.Optional(Assign) };
/** Whether it has exactly one of these two is told apart from its shape. */
const FLOW = { Next: Type.Optional(Text), End: Type.Optional(Type.Boolean()) };
const FAILURE = { Retry: Type.Optional(Type.Array(Retrier)), Catch: Type.Optional(Type.Array(Catcher)) };

/** Its states are parsed one by one, each against the schema of its own type. */
const BRANCH = {
	StartAt: Text,
	States: Type.Unsafe<Record<string, Json>>({ type: 'object', minProperties: 1 }),
	Comment: Type.Optional(Text),
};

const Branch = Type.Object(BRANCH, STRICT);

const ItemProcessor = Type.Object(
	{
		...BRANCH,
		ProcessorConfig: Type.Optional(Type.Object({ Mode: Type.Optional(Type.Literal('INLINE')) }, STRICT)),
	},
	STRICT,
);

const TaskState = Type.Object(
	{
		Type: Type.Literal('Task'),
		Resource: Text,
		Arguments: Type.Optional(AnyJson),
		TimeoutSeconds: Type.Optional(Seconds),
		HeartbeatSeconds: Type.Optional(Seconds),
		...RESULT,
		...FLOW,
		...FAILURE,
		...COMMON,
	},
	STRICT,
);

const PassState = Type.Object({ Type: Type.Literal('Pass'), ...RESULT, ...FLOW, ...COMMON }, STRICT);

const ChoiceRule = Type.Object(
	{
		Condition: Type.Union([Expression, Type.Boolean()]),
		Next: Text,
		Comment: Type.Optional(Text),
		...RESULT,
	},
	STRICT,
);

const ChoiceState = Type.Object(
	{
		Type: Type.Literal('Choice'),
		Choices: Type.Array(ChoiceRule, { minItems: 1 }),
		Default: Type.Optional(Text),
		...RESULT,
		...COMMON,
	},
	STRICT,
);

const WaitState = Type.Object(
	{
		Type: Type.Literal('Wait'),
		Seconds: Type.Optional(Type.Union([Type.Integer({ minimum: 0, maximum: 99_999_999 }), Expression])),
		Timestamp: Type.Optional(Text),
		...RESULT,
		...FLOW,
		...COMMON,
	},
	STRICT,
);

const ParallelState = Type.Object(
	{
		Type: Type.Literal('Parallel'),
		Branches: Type.Array(Branch, { minItems: 1 }),
		Arguments: Type.Optional(AnyJson),
		...RESULT,
		...FLOW,
		...FAILURE,
		...COMMON,
	},
	STRICT,
);

const MapState = Type.Object(
	{
		Type: Type.Literal('Map'),
		Items: Type.Optional(Type.Union([Type.Array(AnyJson), Expression])),
		ItemProcessor,
		ItemSelector: Type.Optional(AnyJson),
		MaxConcurrency: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Expression])),
		...RESULT,
		...FLOW,
		...FAILURE,
		...COMMON,
	},
	STRICT,
);

const SucceedState = Type.Object(
	{ Type: Type.Literal('Succeed'), Output: Type.Optional(AnyJson), ...COMMON },
	STRICT,
);

const FailState = Type.Object(
	{ Type: Type.Literal('Fail'), Error: Type.Optional(Text), Cause: Type.Optional(Text), ...COMMON },
	STRICT,
);

export const STATE_SCHEMAS = {
	Task: TaskState,
	Pass: PassState,
	Choice: ChoiceState,
	Wait: WaitState,
	Parallel: ParallelState,
	Map: MapState,
	Succeed: SucceedState,
	Fail: FailState,
} as const satisfies Record<string, Type.TSchema>;

export const DefinitionSchema = Type.Object(
	{
		...BRANCH,
		QueryLanguage: Type.Literal('JSONata'),
		TimeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 99_999_999 })),
		Version: Type.Optional(Text),
	},
	STRICT,
);

export type Retrier = Type.Static<typeof Retrier>;
export type Catcher = Type.Static<typeof Catcher>;
export type TaskState = Type.Static<typeof TaskState>;
export type PassState = Type.Static<typeof PassState>;
export type ChoiceState = Type.Static<typeof ChoiceState>;
export type WaitState = Type.Static<typeof WaitState>;
export type SucceedState = Type.Static<typeof SucceedState>;
export type FailState = Type.Static<typeof FailState>;
export type ParallelState = Omit<Type.Static<typeof ParallelState>, 'Branches'> & { Branches: Branch[] };
export type MapState = Omit<Type.Static<typeof MapState>, 'ItemProcessor'> & { ItemProcessor: Branch };

/** States that lead to one another: a whole machine, a branch of a Parallel, the processor of a Map. */
export interface Branch {
	readonly StartAt: string;
	readonly States: Readonly<Record<string, State>>;
}

/** A state of the Amazon States Language in JSONata, by its own field names. */
export type State =
	| TaskState
	| PassState
	| ChoiceState
	| WaitState
	| ParallelState
	| MapState
	| SucceedState
	| FailState;

export interface Definition extends Branch {
	readonly TimeoutSeconds?: number;
	readonly Comment?: string;
}
