import * as Type from 'typebox';

/** The name of a schedule or of a group. */
export const Name = Type.String({ pattern: '^[0-9a-zA-Z-_.]{1,64}$' });

const Target = Type.Object(
	{
		Arn: Type.String({ minLength: 1, maxLength: 1600 }),
		RoleArn: Type.String({ minLength: 1, maxLength: 1600 }),
		Input: Type.Optional(Type.String({ minLength: 1 })),
		RetryPolicy: Type.Optional(
			Type.Object({
				MaximumRetryAttempts: Type.Optional(Type.Integer({ minimum: 0, maximum: 185 })),
				MaximumEventAgeInSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 86_400 })),
			}),
		),
		DeadLetterConfig: Type.Optional(Type.Object({ Arn: Type.Optional(Type.String()) })),
		SqsParameters: Type.Optional(Type.Object({ MessageGroupId: Type.Optional(Type.String()) })),
	},
	{ additionalProperties: false },
);

/** The members of a schedule that a request sets; others, such as `KmsKeyArn`, are refused by name. */
export const Settings = Type.Object(
	{
		Name,
		GroupName: Type.Optional(Name),
		ScheduleExpression: Type.String({ minLength: 1, maxLength: 256 }),
		ScheduleExpressionTimezone: Type.Optional(Type.String({ minLength: 1, maxLength: 50 })),
		StartDate: Type.Optional(Type.Number()),
		EndDate: Type.Optional(Type.Number()),
		Description: Type.Optional(Type.String({ maxLength: 512 })),
		State: Type.Optional(Type.Enum(['ENABLED', 'DISABLED'])),
		FlexibleTimeWindow: Type.Object(
			{ Mode: Type.Literal('OFF', { error: 'FlexibleTimeWindow other than OFF is not supported' }) },
			{ additionalProperties: false },
		),
		ActionAfterCompletion: Type.Optional(Type.Enum(['NONE', 'DELETE'])),
		Target,
		ClientToken: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
	},
	{ additionalProperties: false },
);

/** See the schema of the same name. */
export type Settings = Type.Static<typeof Settings>;

/** A stored schedule. */
export const Entry = Type.Object({
	arn: Type.String(),
	group: Type.String(),
	settings: Settings,
	createdMs: Type.Number(),
	modifiedMs: Type.Number(),
	/** Persistent, so that a time that passes while the stack is stopped is noticed. Absent: no further time. */
	nextMs: Type.Optional(Type.Number()),
});

/** See the schema of the same name. */
export type Entry = Type.Static<typeof Entry>;

/** The members that a request may leave out. */
export const DEFAULTS = {
	State: 'ENABLED',
	ScheduleExpressionTimezone: 'UTC',
	ActionAfterCompletion: 'NONE',
} as const;

/** The retry policy of a target without one. */
export const DEFAULT_RETRY_POLICY = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 };

/** Replaces the placeholders of the input: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
export function payloadOf({ arn, settings }: Entry, timeMs: number, executionId: string): string {
	const values: Readonly<Record<string, string>> = {
		'schedule-arn': arn,
		'scheduled-time': new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z'),
		'execution-id': executionId,
		'attempt-number': '1',
	};
	return (settings.Target.Input ?? '{}').replaceAll(
		/<aws\.scheduler\.([a-z-]+)>/g,
		(whole, name: string) => values[name] ?? whole,
	);
}
