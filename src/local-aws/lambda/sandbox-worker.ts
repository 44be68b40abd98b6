import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromSandbox, SandboxData, ToSandbox } from './worker-messages.ts';

/** Lambda's runtime inside the worker thread: loads the bundle, then answers invocations, several at a time. */
const data: SandboxData = workerData;

function send(message: FromSandbox): void {
	parentPort?.postMessage(message);
}

/** An error as Lambda's Node runtime reports it. */
function errorPayload(error: unknown): string {
	if (!(error instanceof Error))
		return JSON.stringify({ errorType: typeof error, errorMessage: String(error), trace: [] });
	return JSON.stringify({
		errorType: error.name,
		errorMessage: error.message,
		trace: error.stack?.split('\n') ?? [],
	});
}

async function loadHandler(): Promise<(event: unknown, context: object) => unknown> {
	const module: Record<string, unknown> = await import(pathToFileURL(data.file).href).catch(
		(error: unknown) => {
			throw error instanceof SyntaxError
				? Object.assign(error, { name: 'Runtime.UserCodeSyntaxError' })
				: error;
		},
	);
	const handler = module[data.exportName];
	if (typeof handler !== 'function') {
		throw Object.assign(new Error(`${data.file} has no function ${data.exportName}`), {
			name: 'Runtime.HandlerNotFound',
		});
	}
	return (event, context) => handler(event, context);
}

function contextOf(
	{ requestId, deadlineMs }: { requestId: string; deadlineMs: number },
	signal: AbortSignal,
) {
	const { functionName, functionArn, memoryMb } = data;
	return {
		functionName,
		functionVersion: '$LATEST',
		invokedFunctionArn: functionArn,
		memoryLimitInMB: String(memoryMb),
		awsRequestId: requestId,
		logGroupName: `/aws/lambda/${functionName}`,
		logStreamName: 'local',
		callbackWaitsForEmptyEventLoop: true,
		signal,
		getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
	};
}

type Handler = Awaited<ReturnType<typeof loadHandler>>;

/** Of the invocations in flight, by request id. */
const abandonments = new Map<string, AbortController>();

async function invoke(handler: Handler, message: Extract<ToSandbox, { kind: 'invoke' }>): Promise<void> {
	const { requestId } = message;
	const abandonment = new AbortController();
	abandonments.set(requestId, abandonment);
	try {
		const answer = await handler(JSON.parse(message.payload), contextOf(message, abandonment.signal));
		send({ kind: 'done', requestId, ok: true, payload: JSON.stringify(answer) ?? 'null' });
	} catch (error) {
		send({ kind: 'done', requestId, ok: false, payload: errorPayload(error) });
	} finally {
		abandonments.delete(requestId);
	}
}

try {
	const handler = await loadHandler();
	parentPort?.on('message', (message: ToSandbox) => {
		if (message.kind === 'ping') send({ kind: 'pong' });
		else if (message.kind === 'abandon') abandonments.get(message.requestId)?.abort();
		else void invoke(handler, message);
	});
	send({ kind: 'ready' });
} catch (error) {
	send({ kind: 'init-error', payload: errorPayload(error) });
}
