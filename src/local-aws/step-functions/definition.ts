import * as Type from 'typebox';
import type { Json } from '../json.ts';

const STRICT = { additionalProperties: false } as const;

/** A string that is a JSONata expression as a whole. */
const Expression = Type.String({ pattern: '^\\{%[\\s\\S]*%\\}$' });
const AnyJson = Type.Unsafe<Json>({});
const Assign = Type.Unsafe<Record<string, Json>>({ type: 'object' });
const Text = Type.String();
/** Step Functions' own upper bound for timeouts, heartbeats and waits: more than three years. */
export const MAX_SECONDS = 99_999_999;
const Seconds = Type.Union([Type.Integer({ minimum: 1, maximum: MAX_SECONDS }), Expression]);

const Retrier = Type.Object(
	{
		ErrorEquals: Type.Array(Text, { minItems: 1 }),
		IntervalSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SECONDS })),
		MaxAttempts: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_SECONDS })),
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

/** A state that is parsed is a JSONata state: parse-definition.ts refuses JSONPath states before this schema applies. */
const COMMON = { Comment: Type.Optional(Text), QueryLanguage: Type.Optional(Type.Literal('JSONata')) };
const RESULT = { Output: Type.Optional(AnyJson), Assign: Type.Optional(Assign) };
/** A later check requires exactly one of the two. */
const FLOW = { Next: Type.Optional(Text), End: Type.Optional(Type.Boolean()) };
const FAILURE = { Retry: Type.Optional(Type.Array(Retrier)), Catch: Type.Optional(Type.Array(Catcher)) };

/** The states are checked one by one, each against the schema of its type. */
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
		Seconds: Type.Optional(Type.Union([Type.Integer({ minimum: 0, maximum: MAX_SECONDS }), Expression])),
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

/** The schema of each supported state type. */
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

/** The top level of a state machine definition. */
export const DefinitionSchema = Type.Object(
	{
		...BRANCH,
		QueryLanguage: Type.Optional(Type.Enum(['JSONata', 'JSONPath'])),
		TimeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SECONDS })),
		Version: Type.Optional(Text),
	},
	STRICT,
);

/** One entry of a `Retry` list. */
export type Retrier = Type.Static<typeof Retrier>;
/** One entry of a `Catch` list. */
export type Catcher = Type.Static<typeof Catcher>;
/** A Task state: calls a service. */
export type TaskState = Type.Static<typeof TaskState>;
/** A Pass state: transforms its input. */
export type PassState = Type.Static<typeof PassState>;
/** A Choice state: takes the first rule whose condition is true. */
export type ChoiceState = Type.Static<typeof ChoiceState>;
/** A Wait state: waits for a number of seconds or until a time. */
export type WaitState = Type.Static<typeof WaitState>;
/** A Succeed state: ends its branch. */
export type SucceedState = Type.Static<typeof SucceedState>;
/** A Fail state: ends its branch with an error. */
export type FailState = Type.Static<typeof FailState>;
/** A Parallel state: runs branches concurrently. */
export type ParallelState = Omit<Type.Static<typeof ParallelState>, 'Branches'> & { Branches: Branch[] };
/** An inline Map state: runs its processor once for each item. */
export type MapState = Omit<Type.Static<typeof MapState>, 'ItemProcessor'> & { ItemProcessor: Branch };

/** A graph of states: a whole machine, a branch of a Parallel, or the processor of a Map. */
export interface Branch {
	readonly StartAt: string;
	readonly States: Readonly<Record<string, State>>;
}

/** A JSONata state of the Amazon States Language, with the language's own field names. */
export type State =
	| TaskState
	| PassState
	| ChoiceState
	| WaitState
	| ParallelState
	| MapState
	| SucceedState
	| FailState;

/** A parsed state machine definition. */
export interface Definition extends Branch {
	readonly TimeoutSeconds?: number;
	readonly Comment?: string;
}
