import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Clock } from '../clock.ts';
import { AwsError, type HttpService } from '../endpoint/service.ts';
import type { FunctionSettings } from './function-settings.ts';
import { createInvokeService } from './invoke-service.ts';
import { createSandbox, type InvokeResult, type Sandbox } from './sandbox.ts';

export type { InvokeResult } from './sandbox.ts';

/** Settings of Lambda. */
export interface LambdaOptions {
	readonly projectDir: string;
	readonly region: string;
	readonly clock: Clock;
	/** Whether functions may run longer than their timeout. Default: `false`. */
	readonly isDebugged?: boolean;
	readonly newId: () => string;
	readonly log: (line: { readonly functionName: string; readonly text: string }) => void;
}

/** Lambda: deployed bundles, each function in a worker thread of its own. */
export interface Lambda {
	readonly service: HttpService;
	/** Deploys a function. @throws if its bundle is missing. */
	define(settings: FunctionSettings): void;
	/** Invokes a function by name or ARN; an abort reaches the handler as `context.signal`, and its result is discarded. @throws `ResourceNotFoundException`. */
	invoke(function_: string, payload: string, signal?: AbortSignal): Promise<InvokeResult>;
	/** Adds an alias to a function. */
	addAlias(name: string, alias: string): void;
	/** Changes a function's environment, as UpdateFunctionConfiguration would. */
	configure(name: string, environment: Readonly<Record<string, string>>): void;
	/** Deletes a function; invocations in flight finish. */
	remove(name: string): void;
	/** Loads the code of all functions again, or of those with these handlers; invocations in flight finish on the old code. */
	reload(handlers?: ReadonlySet<string>): void;
	close(): Promise<void>;
}

/** Lambda's payload limit for requests and responses. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** A breakpoint may be looked at for a day. */
const DEBUGGED_TIMEOUT_MS = 86_400_000;

/** The result of an invocation whose caller has left. */
const ABANDONED = {
	ok: false,
	payload: JSON.stringify({
		errorType: 'Aborted',
		errorMessage: 'The caller has cancelled the invocation.',
	}),
} as const;

/** Creates the local Lambda service, without functions. */
export function createLambda(options: LambdaOptions): Lambda {
	const { projectDir, region, clock, isDebugged = false, newId, log } = options;
	const functions = new Map<string, FunctionSettings & { file: string; exportName: string }>();
	const current = new Map<string, Sandbox>();
	const all = new Set<Sandbox>();

	const find = (nameOrArn: string) => {
		const name = /:function:([^:]+)/.exec(nameOrArn)?.[1] ?? nameOrArn.split(':', 1)[0] ?? '';
		const settings = functions.get(name);
		if (settings === undefined)
			throw new AwsError('ResourceNotFoundException', `Function not found: ${nameOrArn}`, 404);
		return settings;
	};

	const sandboxOf = (settings: ReturnType<typeof find>): Sandbox => {
		const { name, arn, handler, memoryMb, file, exportName, environment } = settings;
		const warm = current.get(name);
		if (warm !== undefined) return warm;
		const sandbox = createSandbox({
			functionName: name,
			functionArn: arn,
			memoryMb,
			file,
			exportName,
			environment: { ...environment, ...lambdaEnvironment({ name, handler, memoryMb, region, projectDir }) },
			log: (text) => log({ functionName: name, text }),
			onRetired: () => current.get(name) === sandbox && current.delete(name),
			onEnded: () => all.delete(sandbox),
		});
		current.set(name, sandbox);
		all.add(sandbox);
		return sandbox;
	};

	const retire = (name: string) => current.get(name)?.retire();

	const invoke: Lambda['invoke'] = async (nameOrArn, payload, signal) => {
		const settings = find(nameOrArn);
		if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES)
			throw new AwsError('RequestTooLargeException', 'The request payload is larger than 6 MB', 413);
		if (signal?.aborted === true) return ABANDONED;
		const requestId = newId();
		const sandbox = sandboxOf(settings);
		const { promise: cutOff, resolve: cut } = Promise.withResolvers<InvokeResult>();
		const timeoutMs = isDebugged ? DEBUGGED_TIMEOUT_MS : settings.timeoutMs;
		const cancelTimeout = clock.after(timeoutMs, () => {
			const limit = `${(settings.timeoutMs / 1000).toFixed(2)} seconds`;
			log({ functionName: settings.name, text: `${requestId} Task timed out after ${limit}` });
			sandbox.retire(requestId);
			cut({ ok: false, payload: timeoutPayload(requestId, settings.timeoutMs) });
		});
		const abandon = () => {
			sandbox.abandon(requestId);
			cut(ABANDONED);
		};
		signal?.addEventListener('abort', abandon, { once: true });
		try {
			const result = await Promise.race([
				sandbox.invoke({ requestId, payload, deadlineMs: clock.now() + timeoutMs }),
				cutOff,
			]);
			return Buffer.byteLength(result.payload) > MAX_PAYLOAD_BYTES ? tooLarge() : result;
		} finally {
			cancelTimeout();
			signal?.removeEventListener('abort', abandon);
		}
	};

	return {
		service: createInvokeService({ invoke, functions: () => [...functions.values()], newId }),
		define(settings) {
			const { aliases = [] } = functions.get(settings.name) ?? {};
			functions.set(settings.name, { aliases, ...settings, ...locate(projectDir, settings) });
			retire(settings.name);
		},
		invoke,
		addAlias(name, alias) {
			const settings = find(name);
			functions.set(settings.name, { ...settings, aliases: [...new Set(settings.aliases).add(alias)] });
		},
		configure(name, environment) {
			const settings = find(name);
			functions.set(name, { ...settings, environment: { ...settings.environment, ...environment } });
			retire(name);
		},
		remove(name) {
			functions.delete(name);
			retire(name);
		},
		reload(handlers) {
			for (const { name, handler } of functions.values())
				if (handlers === undefined || handlers.has(handler)) retire(name);
		},
		async close() {
			await Promise.all([...all].map((sandbox) => sandbox.end()));
		},
	};
}

/** The handler's file by the rule of Lambda's Node runtime: the first dot of the base name parts module and export. */
function locate(
	projectDir: string,
	{ name, handler, codeDir = projectDir }: FunctionSettings,
): { file: string; exportName: string } {
	const [module = '', exportName = ''] = basename(handler).split(/\.(.*)/s, 2);
	const base = resolve(codeDir, dirname(handler), module);
	const file = [`${base}.mjs`, `${base}.js`, `${base}.cjs`].find(existsSync);
	if (file === undefined)
		throw new Error(`The code of function ${name} is missing: ${base}.mjs, .js or .cjs.`);
	return { file, exportName };
}

interface Described {
	readonly name: string;
	readonly handler: string;
	readonly memoryMb: number;
	readonly region: string;
	readonly projectDir: string;
}

/** The environment variables that Lambda itself sets. */
function lambdaEnvironment({
	name,
	handler,
	memoryMb,
	region,
	projectDir,
}: Described): Record<string, string> {
	return {
		AWS_REGION: region,
		AWS_DEFAULT_REGION: region,
		AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
		AWS_LAMBDA_FUNCTION_NAME: name,
		AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
		AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
		AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
		AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
		LAMBDA_TASK_ROOT: projectDir,
		_HANDLER: handler,
		TZ: ':UTC',
	};
}

function timeoutPayload(requestId: string, timeoutMs: number): string {
	const seconds = (timeoutMs / 1000).toFixed(2);
	return JSON.stringify({
		errorType: 'Sandbox.Timedout',
		errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
	});
}

function tooLarge(): InvokeResult {
	const errorMessage = `Response payload size exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`;
	return { ok: false, payload: JSON.stringify({ errorType: 'Function.ResponseSizeTooLarge', errorMessage }) };
}
