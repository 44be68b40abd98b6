import type { Execution } from './execution.ts';
import type { JsonObject } from './json.ts';

/** Above this EventBridge gets no input or output with the event. AWS names about 248 KB. */
const LARGEST_DATA_BYTES = 248_000;

/** EventBridge's "Step Functions Execution Status Change" for the execution as it is now. */
export function statusChange(
	execution: Execution,
	{ id, region, accountId }: { id: string; region: string; accountId: string },
): JsonObject {
	const { arn, machineArn, name, status, startedAtMs, stoppedAtMs, redriveCount, redrivenAtMs } = execution;
	const total = Buffer.byteLength(execution.input) + Buffer.byteLength(execution.output ?? '');
	const included = total <= LARGEST_DATA_BYTES;
	return {
		version: '0',
		id,
		'detail-type': 'Step Functions Execution Status Change',
		source: 'aws.states',
		account: accountId,
		time: new Date(stoppedAtMs ?? redrivenAtMs ?? startedAtMs).toISOString().replace(/\.\d+Z$/, 'Z'),
		region,
		resources: [arn],
		detail: {
			executionArn: arn,
			stateMachineArn: machineArn,
			name,
			status,
			startDate: startedAtMs,
			stopDate: stoppedAtMs ?? null,
			input: included ? execution.input : null,
			output: included ? (execution.output ?? null) : null,
			stateMachineVersionArn: null,
			stateMachineAliasArn: null,
			redriveCount,
			redriveDate: redrivenAtMs ?? null,
			...redriveStatus(execution),
			inputDetails: { included },
			outputDetails: execution.output === undefined ? null : { included },
			error: execution.error ?? null,
			cause: execution.cause ?? null,
		},
	};
}

/** Whether the execution can be redriven, and why not, in AWS's words. */
export function redriveStatus({ status }: Execution): {
	redriveStatus: string;
	redriveStatusReason: string | null;
} {
	if (status === 'RUNNING')
		return {
			redriveStatus: 'NOT_REDRIVABLE',
			redriveStatusReason: 'Execution is RUNNING and cannot be redriven',
		};
	if (status === 'SUCCEEDED')
		return {
			redriveStatus: 'NOT_REDRIVABLE',
			redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
		};
	return { redriveStatus: 'REDRIVABLE', redriveStatusReason: null };
}
