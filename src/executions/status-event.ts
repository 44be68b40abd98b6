import * as Type from 'typebox';
import { EXECUTION_STATUSES } from '../tasks/task.ts';

const Nullable = <Schema extends Parameters<typeof Type.Array>[0]>(schema: Schema) =>
	Type.Optional(Type.Union([schema, Type.Null()]));

const Included = Nullable(Type.Object({ included: Type.Boolean() }));

/**
 * EventBridge's "Step Functions Execution Status Change". Times are epoch milliseconds.
 * Input or output is left out above about 248 KB, and `included` says so.
 */
export const StatusEvent = Type.Object({
	'detail-type': Type.Literal('Step Functions Execution Status Change'),
	detail: Type.Object({
		executionArn: Type.String(),
		stateMachineArn: Type.String(),
		name: Type.String(),
		status: Type.Enum([...EXECUTION_STATUSES]),
		startDate: Type.Number(),
		stopDate: Nullable(Type.Number()),
		input: Nullable(Type.String()),
		inputDetails: Included,
		output: Nullable(Type.String()),
		outputDetails: Included,
		error: Nullable(Type.String()),
		cause: Nullable(Type.String()),
		redriveCount: Type.Optional(Type.Integer({ minimum: 0 })),
		redriveDate: Nullable(Type.Number()),
	}),
});

export type StatusEvent = Type.Static<typeof StatusEvent>;
