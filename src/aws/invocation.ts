import { AsyncLocalStorage } from 'node:async_hooks';
import * as Type from 'typebox';
import { matches } from '../parse.ts';
import type { LogFields } from '../tasks/log.ts';

/** The members of Lambda's context that every function uses. Tests and consoles may invoke without them. */
export interface LambdaContext {
	readonly awsRequestId?: string;
	readonly getRemainingTimeInMillis?: () => number;
}

/** The time a function keeps to report its failure after its last call to AWS was abandoned. */
const DEADLINE_MARGIN_MS = 1000;

/** One invocation of a function, as the log and the clients of AWS see it. */
export interface Invocation {
	readonly context: LambdaContext;
	/** The ids of an HTTP request: API Gateway's request id and the trace id. */
	readonly logFields: LogFields;
	/** Epoch milliseconds; calls to AWS that are still open then are abandoned. */
	readonly deadlineAtMs: number | undefined;
}

const invocations = new AsyncLocalStorage<Invocation>();

/** The members of an HTTP API's event that identify a request. */
const HttpRequestEvent = Type.Object({
	requestContext: Type.Object({ requestId: Type.String() }),
	headers: Type.Optional(Type.Object({ 'x-amzn-trace-id': Type.Optional(Type.String()) })),
});

/**
 * Wraps a Lambda handler. Every log line of an invocation then contains its ids, and no call to AWS outlives the
 * invocation. Invocations may run concurrently in one process, as they do on the laptop.
 */
export function withInvocation<Event, Context extends LambdaContext, Answer>(
	handle: (event: Event, context: Context) => Promise<Answer>,
): (event: Event, context: Context) => Promise<Answer> {
	return (event, context) => {
		const remainingMs = context?.getRemainingTimeInMillis?.();
		const invocation = {
			context,
			logFields: requestFields(event),
			deadlineAtMs: remainingMs === undefined ? undefined : Date.now() + remainingMs - DEADLINE_MARGIN_MS,
		};
		return invocations.run(invocation, () => handle(event, context));
	};
}

/** Returns the invocation that the calling code belongs to, or `undefined` outside of one. */
export function currentInvocation(): Invocation | undefined {
	return invocations.getStore();
}

/**
 * Waits for a call to AWS, at most until the deadline of the current invocation.
 * @throws `onDeadline()` if the deadline passes first.
 */
export async function beforeDeadline<Answer>(
	call: () => Promise<Answer>,
	onDeadline: () => Error,
): Promise<Answer> {
	const deadlineAtMs = invocations.getStore()?.deadlineAtMs;
	if (deadlineAtMs === undefined) return call();
	const remainingMs = deadlineAtMs - Date.now();
	if (remainingMs <= 0) throw onDeadline();
	let timer: NodeJS.Timeout | undefined;
	const deadline = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(onDeadline()), remainingMs);
	});
	try {
		return await Promise.race([call(), deadline]);
	} finally {
		clearTimeout(timer);
	}
}

function requestFields(event: unknown): LogFields {
	if (!matches(HttpRequestEvent, event)) return {};
	const traceId = /Root=([^;]+)/.exec(event.headers?.['x-amzn-trace-id'] ?? '')?.[1];
	return {
		request_id: event.requestContext.requestId,
		...(traceId === undefined ? {} : { xray_trace_id: traceId }),
	};
}
