import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FromSandbox, SandboxData, ToSandbox } from './worker-messages.ts';

/** The result of an invocation. */
export type InvokeResult =
	| { readonly ok: true; readonly payload: string }
	/** `payload` is Lambda's error: `{"errorType", "errorMessage", "trace"?}`. */
	| { readonly ok: false; readonly payload: string };

/** Options of {@link createSandbox}. */
export interface SandboxOptions extends SandboxData {
	readonly environment: Readonly<Record<string, string>>;
	readonly log: (text: string) => void;
	/** Called once when the sandbox must not receive further invocations. */
	readonly onRetired: () => void;
	/** Called once when the worker thread has exited. */
	readonly onEnded: () => void;
}

/** One worker thread that runs one function's bundle. */
export interface Sandbox {
	invoke(request: { requestId: string; payload: string; deadlineMs: number }): Promise<InvokeResult>;
	/** Aborts the invocation's signal after its caller left; the handler may continue to run. */
	abandon(requestId: string): void;
	/**
	 * Calls `onRetired`, then exits after the invocations in flight finish, or at once if the thread is unresponsive.
	 * `abandoned` is the invocation whose caller has left.
	 */
	retire(abandoned?: string): void;
	end(): Promise<void>;
}

/** How long a retired sandbox may be silent before it counts as a busy loop. A loaded machine delays an idle one too. */
const PING_MS = 10_000;

/** Starts a worker thread for one function. */
export function createSandbox(options: SandboxOptions): Sandbox {
	const { functionName, functionArn, memoryMb, file, exportName, environment, log, onRetired, onEnded } =
		options;
	const data: SandboxData = { functionName, functionArn, memoryMb, file, exportName };
	const worker = new Worker(new URL(`sandbox-worker${extname(import.meta.filename)}`, import.meta.url), {
		workerData: data,
		env: { ...environment },
		execArgv: ['--enable-source-maps'],
		stdout: true,
		stderr: true,
		// As Lambda starts Node: each semi-space is a twentieth of the memory, and three of them are the young generation.
		resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: (3 * memoryMb) / 20 },
	});
	const inFlight = new Map<string, (result: InvokeResult) => void>();
	let retired = false;
	let broken: string | undefined;

	const retire = () => {
		if (!retired) onRetired();
		retired = true;
		if (inFlight.size === 0) void worker.terminate();
	};
	const fail = (payload: string) => {
		broken ??= payload;
		retire();
		for (const settle of inFlight.values()) settle({ ok: false, payload });
		inFlight.clear();
		void worker.terminate();
	};

	worker.on('message', (message: FromSandbox) => {
		if (message.kind === 'init-error') return fail(message.payload);
		if (message.kind !== 'done') return;
		const { requestId, ok, payload } = message;
		inFlight.get(requestId)?.({ ok, payload });
		inFlight.delete(requestId);
		if (inFlight.size > 0) return;
		if (retired) void worker.terminate();
		else worker.unref();
	});
	worker.on('error', (error: Error) => {
		log(error.stack ?? error.message);
		fail(exitError(error.message));
	});
	worker.on('exit', (code) => {
		fail(exitError(`Runtime exited with error: exit status ${code}`));
		onEnded();
	});
	lines(worker.stdout, log);
	lines(worker.stderr, log);
	// Only work in flight keeps the process alive.
	worker.unref();

	const post = (message: ToSandbox) => worker.postMessage(message);
	return {
		invoke(request) {
			if (broken !== undefined) return Promise.resolve({ ok: false, payload: broken });
			const { promise, resolve } = Promise.withResolvers<InvokeResult>();
			inFlight.set(request.requestId, resolve);
			worker.ref();
			post({ kind: 'invoke', ...request });
			return promise;
		},
		abandon: (requestId) => post({ kind: 'abandon', requestId }),
		retire(abandoned) {
			if (abandoned !== undefined) inFlight.delete(abandoned);
			retire();
			if (inFlight.size === 0) return;
			const silence = setTimeout(
				() => fail(exitError('Runtime exited without providing a reason')),
				PING_MS,
			).unref();
			worker.on('message', ({ kind }: FromSandbox) => kind === 'pong' && clearTimeout(silence));
			post({ kind: 'ping' });
		},
		async end() {
			await worker.terminate();
		},
	};
}

function exitError(errorMessage: string): string {
	return JSON.stringify({ errorType: 'Runtime.ExitError', errorMessage });
}

function lines(stream: NodeJS.ReadableStream, log: (text: string) => void): void {
	let rest = '';
	stream.setEncoding('utf8');
	stream.on('data', (chunk: string) => {
		const parts = `${rest}${chunk}`.split('\n');
		rest = parts.pop() ?? '';
		parts.forEach(log);
	});
}
