import * as Type from 'typebox';
import type { JsonObject } from '../json.ts';

const EXECUTION_STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;

/** A stored execution without its history. Times are epoch milliseconds; input and output are JSON texts. */
export const Execution = Type.Object({
	arn: Type.String(),
	name: Type.String(),
	machineArn: Type.String(),
	/** The revision of the machine at the start: an update of the machine does not affect its executions. */
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
	/** The client tokens of recent redrives, which make a repeated request idempotent. */
	redrives: Type.Optional(Type.Array(Type.Object({ clientToken: Type.String(), atMs: Type.Number() }))),
	/** The number of history events; set when the execution ends. */
	eventCount: Type.Optional(Type.Integer()),
	traceHeader: Type.Optional(Type.String()),
});

export type Execution = Type.Static<typeof Execution>;

/** A stored state machine: one document for each revision. */
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

/** Limits of RedriveExecution (API reference): 14 days after the end, one year after the start, fewer than 24,999 events. */
const REDRIVABLE_MS = 14 * 24 * 60 * 60 * 1000;
const MAX_OPEN_MS = 365 * 24 * 60 * 60 * 1000;
const MAX_REDRIVABLE_EVENTS = 24_999;

/** Whether an execution can be redriven, with the reason in the words of the API reference if it cannot. */
export interface RedriveStatus {
	readonly redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE';
	readonly redriveStatusReason: string | null;
}

/** Returns whether an execution can be redriven at this time. */
export function redriveStatusOf(
	{ status, startedAtMs, stoppedAtMs = 0, eventCount = 0 }: Execution,
	nowMs: number,
): RedriveStatus {
	const notRedrivable = (redriveStatusReason: string): RedriveStatus => ({
		redriveStatus: 'NOT_REDRIVABLE',
		redriveStatusReason,
	});
	if (status === 'RUNNING' || status === 'SUCCEEDED')
		return notRedrivable(`Execution is ${status} and cannot be redriven`);
	if (eventCount >= MAX_REDRIVABLE_EVENTS) return notRedrivable('Execution history event limit exceeded');
	if (nowMs > startedAtMs + MAX_OPEN_MS)
		return notRedrivable('Execution has exceeded the max execution time');
	if (nowMs > stoppedAtMs + REDRIVABLE_MS) return notRedrivable('Execution redrivable period exceeded');
	return { redriveStatus: 'REDRIVABLE', redriveStatusReason: null };
}

/** RedriveExecution is idempotent for the last ten client tokens, each for 15 minutes (API reference). */
const MAX_REDRIVE_TOKENS = 10;
const REDRIVE_TOKEN_MS = 15 * 60_000;

/** Returns the time of an earlier redrive with the same client token, or `undefined` without one. */
export function findRepeatedRedriveMs(
	{ redrives = [] }: Execution,
	clientToken: string | undefined,
	nowMs: number,
): number | undefined {
	return redrives.find(
		(redrive) => redrive.clientToken === clientToken && redrive.atMs > nowMs - REDRIVE_TOKEN_MS,
	)?.atMs;
}

/** Returns the execution as it runs again: without its end, and with one more redrive. */
export function redriveOf(stopped: Execution, redrivenAtMs: number, clientToken?: string): Execution {
	const {
		stoppedAtMs: _at,
		output: _output,
		error: _error,
		cause: _cause,
		eventCount: _count,
		...open
	} = stopped;
	const redrives =
		clientToken === undefined
			? {}
			: {
					redrives: [...(stopped.redrives ?? []), { clientToken, atMs: redrivenAtMs }].slice(
						-MAX_REDRIVE_TOKENS,
					),
				};
	return { ...open, status: 'RUNNING', redriveCount: stopped.redriveCount + 1, redrivenAtMs, ...redrives };
}

/** EventBridge events omit larger data: 248 KiB, counted on the JSON-escaped texts (Developer Guide, "Execution status change"). */
const MAX_EVENT_DATA_BYTES = 248 * 1024;

/** Creates EventBridge's "Step Functions Execution Status Change" event for the current status. */
export function createStatusEvent(
	execution: Execution,
	{ id, region, accountId }: { id: string; region: string; accountId: string },
): JsonObject {
	const { arn, machineArn, name, status, startedAtMs, stoppedAtMs, redriveCount, redrivenAtMs } = execution;
	const { input, output = null, error = null, cause = null } = execution;
	const included = includedData(input, output ?? '');
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
			input: included.input ? input : null,
			output: included.output ? output : null,
			stateMachineVersionArn: null,
			stateMachineAliasArn: null,
			redriveCount,
			redriveDate: redrivenAtMs ?? null,
			...redriveStatusOf(execution, stoppedAtMs ?? startedAtMs),
			inputDetails: { included: included.input },
			outputDetails: output === null ? null : { included: included.output },
			error,
			cause,
		},
	};
}

/** A large output excludes the input first, and then the output itself. */
function includedData(input: string, output: string): { readonly input: boolean; readonly output: boolean } {
	// Escaping makes at most 6 bytes of a UTF-16 unit, so short texts need no count.
	if ((input.length + output.length) * 6 <= MAX_EVENT_DATA_BYTES) return { input: true, output: true };
	const outputBytes = escapedBytes(output);
	return {
		input: escapedBytes(input) + outputBytes <= MAX_EVENT_DATA_BYTES,
		output: outputBytes <= MAX_EVENT_DATA_BYTES,
	};
}

/** The UTF-8 size of a text within a JSON string, without its quotes. */
function escapedBytes(text: string): number {
	return Buffer.byteLength(JSON.stringify(text)) - 2;
}
