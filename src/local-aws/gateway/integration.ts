import type { Clock } from '../clock.ts';
import type { InvokeResult } from '../lambda/lambda.ts';
import { type Answer, refusal } from './answer.ts';
import { readIntegrationAnswer } from './integration-answer.ts';

/** Calls a function; the signal is raised when the client has hung up. */
export type InvokeFunction = (
	functionName: string,
	payload: string,
	signal: AbortSignal,
) => Promise<InvokeResult>;

/** One call of a function for a request. */
export interface IntegrationCall {
	readonly functionName: string;
	readonly event: object;
	/** How long the client waits at most; HTTP APIs never make it wait longer than 30,000. */
	readonly timeoutMs?: number | undefined;
	readonly signal: AbortSignal;
}

const LONGEST_TIMEOUT_MS = 30_000;

/** What Lambda takes in one synchronous call. */
const LARGEST_EVENT_BYTES = 6 * 1024 * 1024;

/** A Lambda proxy integration: turns events into answers. A function that is late goes on, but for nobody. */
export function createIntegration(
	invoke: InvokeFunction,
	clock: Clock,
): (call: IntegrationCall) => Promise<Answer> {
	return async ({ functionName, event, timeoutMs = LONGEST_TIMEOUT_MS, signal }) => {
		const payload = JSON.stringify(event);
		if (Buffer.byteLength(payload) > LARGEST_EVENT_BYTES) return refusal(413);
		const lateness = Promise.withResolvers<'late'>();
		const callOff = clock.after(Math.min(timeoutMs, LONGEST_TIMEOUT_MS), () => lateness.resolve('late'));
		try {
			const result = await Promise.race([invoke(functionName, payload, signal), lateness.promise]);
			if (result === 'late') return refusal(503);
			return result.ok ? readIntegrationAnswer(result.payload) : refusal(500);
		} finally {
			callOff();
		}
	};
}
