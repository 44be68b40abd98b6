import type { JsonObject } from '../json.ts';
import type { Execution } from './execution.ts';

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
			...redriveStatus(execution, stoppedAtMs ?? startedAtMs),
			inputDetails: { included },
			outputDetails: execution.output === undefined ? null : { included },
			error: execution.error ?? null,
			cause: execution.cause ?? null,
		},
	};
}

/** How long after its end an execution can be redriven: 14 days. */
const REDRIVABLE_MS = 14 * 24 * 60 * 60 * 1000;

/** Whether the execution can be redriven, and why not, in AWS's words. */
export function redriveStatus(
	{ status, stoppedAtMs = 0 }: Execution,
	nowMs: number,
): { redriveStatus: string; redriveStatusReason: string | null } {
	const no = (redriveStatusReason: string) => ({ redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason });
	if (status === 'RUNNING' || status === 'SUCCEEDED')
		return no(`Execution is ${status} and cannot be redriven`);
	if (nowMs > stoppedAtMs + REDRIVABLE_MS)
		return no('Execution is past the redrivable period of 14 days and cannot be redriven');
	return { redriveStatus: 'REDRIVABLE', redriveStatusReason: null };
}
