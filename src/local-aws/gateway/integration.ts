import type { Clock } from '../clock.ts';
import type { InvokeResult } from '../lambda/lambda.ts';
import { type Answer, refusal } from './answer.ts';
import { readIntegrationAnswer } from './integration-answer.ts';

/** Calls a function; the signal aborts when the client closes the connection. */
export type InvokeFunction = (
	functionName: string,
	payload: string,
	signal: AbortSignal,
) => Promise<InvokeResult>;

/** One call of a function for a request. */
export interface IntegrationCall {
	readonly functionName: string;
	readonly event: object;
	/** Time limit for the answer; HTTP APIs allow at most 30,000. */
	readonly timeoutMs?: number | undefined;
	readonly signal: AbortSignal;
}

const MAX_TIMEOUT_MS = 30_000;

/** Lambda's request limit for a synchronous call. */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;

/** Creates a Lambda proxy integration. A late function keeps running, but its result is discarded. */
export function createIntegration(
	invoke: InvokeFunction,
	clock: Clock,
): (call: IntegrationCall) => Promise<Answer> {
	return async ({ functionName, event, timeoutMs = MAX_TIMEOUT_MS, signal }) => {
		const payload = JSON.stringify(event);
		if (Buffer.byteLength(payload) > MAX_EVENT_BYTES) return refusal(413);
		const lateness = Promise.withResolvers<'late'>();
		const callOff = clock.after(Math.min(timeoutMs, MAX_TIMEOUT_MS), () => lateness.resolve('late'));
		try {
			const result = await Promise.race([invoke(functionName, payload, signal), lateness.promise]);
			if (result === 'late') return refusal(503);
			return result.ok ? readIntegrationAnswer(result.payload) : refusal(500);
		} finally {
			callOff();
		}
	};
}
