import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, type HttpService } from '../endpoint/service.ts';
import { readBody } from '../read-body.ts';
import type { FunctionSettings, Lambda } from './lambda.ts';

export interface InvokeServiceDependencies {
	readonly invoke: Lambda['invoke'];
	readonly functions: () => readonly FunctionSettings[];
	readonly newId: () => string;
}

const PREFIX = '/2015-03-31/functions';

/** Lambda's REST API, as far as a laptop needs it: Invoke, GetFunction, ListFunctions. */
export function createInvokeService(dependencies: InvokeServiceDependencies): HttpService {
	return {
		signingName: 'lambda',
		handle(request, response) {
			response.setHeader('x-amzn-RequestId', dependencies.newId());
			answer(request, response, dependencies).catch((error: unknown) => {
				const { code, message, statusCode } =
					error instanceof AwsError ? error : new AwsError('ServiceException', String(error), 500);
				response.setHeader('x-amzn-ErrorType', code);
				writeJson(response, statusCode, { Type: 'User', Message: message });
			});
		},
	};
}

async function answer(
	request: IncomingMessage,
	response: ServerResponse,
	{ invoke, functions }: InvokeServiceDependencies,
): Promise<void> {
	const { pathname } = new URL(request.url ?? '/', 'http://lambda');
	const [name, action] = pathname
		.slice(PREFIX.length + 1)
		.split('/')
		.map(decodeURIComponent);
	if (!pathname.startsWith(PREFIX))
		throw new AwsError('UnknownOperationException', `${pathname} is not built in the local Lambda.`, 404);
	if (request.method === 'GET' && (name ?? '') === '')
		return writeJson(response, 200, { Functions: functions().map(configuration) });
	if (request.method === 'GET') {
		const found = functions().find((settings) => settings.name === name || settings.arn === name);
		if (found === undefined)
			throw new AwsError('ResourceNotFoundException', `Function not found: ${name}`, 404);
		return writeJson(response, 200, { Configuration: configuration(found), Code: {} });
	}
	if (request.method !== 'POST' || action !== 'invocations' || name === undefined) {
		throw new AwsError(
			'UnknownOperationException',
			`${request.method} ${pathname} is not built in the local Lambda.`,
			404,
		);
	}
	const payload = String(await readBody(request)) || '{}';
	const kind = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
	if (kind === 'DryRun') return void response.writeHead(204).end();
	const running = invoke(name, payload);
	response.setHeader('x-amz-executed-version', '$LATEST');
	if (kind === 'Event') {
		running.catch(() => undefined);
		return void response.writeHead(202).end();
	}
	const result = await running;
	if (!result.ok) response.setHeader('x-amz-function-error', 'Unhandled');
	response.writeHead(200, { 'content-type': 'application/json' }).end(result.payload);
}

function configuration({ name, arn, handler, timeoutMs, memoryMb }: FunctionSettings) {
	return {
		FunctionName: name,
		FunctionArn: arn,
		Handler: handler,
		Timeout: timeoutMs / 1000,
		MemorySize: memoryMb,
		Runtime: 'nodejs24.x',
		State: 'Active',
	};
}

function writeJson(response: ServerResponse, statusCode: number, body: unknown): void {
	response.writeHead(statusCode, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
