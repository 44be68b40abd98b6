import * as Type from 'typebox';

const EXECUTION_STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;

/** An execution as it is kept; its history is kept beside it. Times are epoch milliseconds, input and output JSON texts. */
export const Execution = Type.Object({
	arn: Type.String(),
	name: Type.String(),
	machineArn: Type.String(),
	/** Which definition it runs: a machine that is updated leaves its executions as they are. */
	machineRevision: Type.Integer(),
	roleArn: Type.String(),
	status: Type.Enum([...EXECUTION_STATUSES]),
	input: Type.String(),
	output: Type.Optional(Type.String()),
	error: Type.Optional(Type.String()),
	cause: Type.Optional(Type.String()),
	startedAtMs: Type.Number(),
	stoppedAtMs: Type.Optional(Type.Number()),
	redriveCount: Type.Integer(),
	redrivenAtMs: Type.Optional(Type.Number()),
	/** By which tokens it was redriven of late, so that a repeated request does nothing more. */
	redrives: Type.Optional(Type.Array(Type.Object({ clientToken: Type.String(), atMs: Type.Number() }))),
	traceHeader: Type.Optional(Type.String()),
});

export type Execution = Type.Static<typeof Execution>;

/** A state machine as it is kept, one document for each revision. */
export const Machine = Type.Object({
	arn: Type.String(),
	name: Type.String(),
	revision: Type.Integer(),
	roleArn: Type.String(),
	definition: Type.String(),
	createdAtMs: Type.Number(),
	updatedAtMs: Type.Number(),
});

export type Machine = Type.Static<typeof Machine>;
