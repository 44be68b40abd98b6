import type { InvokeResult, Lambda } from '../lambda/lambda.ts';
import type { FaultSwitches } from './fault-switches.ts';

const CRASHED: InvokeResult = {
	ok: false,
	payload: '{"errorType":"Runtime.ExitError","errorMessage":"Runtime exited: a fault that was asked for"}',
};
const TIMED_OUT: InvokeResult = {
	ok: false,
	payload: '{"errorType":"Sandbox.Timedout","errorMessage":"Task timed out: a fault that was asked for"}',
};

/** Makes invocations crash before or after their work, or time out, at the rates of the switches. */
export function createFaultyLambda<Invoking extends Pick<Lambda, 'invoke'>>(
	lambda: Invoking,
	faults: FaultSwitches,
): Invoking {
	return {
		...lambda,
		async invoke(name: string, payload: string, signal?: AbortSignal): Promise<InvokeResult> {
			if (faults.happens('lambda.crash-before')) return CRASHED;
			// The fault skips the waiting: the work is done and its result is lost.
			const isTimeout = faults.happens('lambda.timeout');
			const result = await lambda.invoke(name, payload, signal);
			if (isTimeout) return TIMED_OUT;
			return faults.happens('lambda.crash-after') ? CRASHED : result;
		},
	};
}
