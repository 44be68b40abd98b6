import * as Type from 'typebox';

/** A rule's target, of the members that decide what it gets and how hard EventBridge tries. */
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

/** Where a payload goes: a rule's target, or the dead-letter queue behind it. */
export interface DeliveryTarget {
	readonly arn: string;
	/** The role that EventBridge takes on to deliver, where the rule's target names one. */
	readonly roleArn?: string;
	/** For a FIFO queue. */
	readonly messageGroupId?: string;
	/** Set for dead-letter queues only: why the event is there, as texts. */
	readonly messageAttributes?: Readonly<Record<string, string>>;
}

/**
 * Hands a payload to the service that owns the target. Rejects where that fails: an AwsError below 500 that is no
 * throttling is final, anything else is tried again.
 */
export type Deliver = (target: DeliveryTarget, payload: string) => Promise<void>;
