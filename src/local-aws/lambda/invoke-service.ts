import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, type HttpService } from '../endpoint/service.ts';
import { readBody } from '../read-body.ts';
import type { FunctionSettings } from './function-settings.ts';
import type { InvokeResult } from './sandbox.ts';

/** The parts of Lambda that its REST API calls. */
export interface InvokeServiceDependencies {
	readonly invoke: (function_: string, payload: string) => Promise<InvokeResult>;
	readonly functions: () => readonly FunctionSettings[];
	readonly newId: () => string;
}

const FUNCTIONS = '/2015-03-31/functions';

/** Creates Lambda's REST API; operations that it lacks are refused by name. */
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

/** The function that a request names, and the version or alias that it addresses. */
interface Addressed {
	readonly settings: FunctionSettings;
	readonly qualifier: string;
}

type Read = (addressed: Addressed, argument: string) => object;

/** The read operations below one function, by the path after its name. */
const READS: Readonly<Record<string, Read>> = {
	'': ({ settings, qualifier }) => ({
		Configuration: configurationOf(settings, qualifier),
		Code: { RepositoryType: 'S3' },
		Tags: {},
	}),
	configuration: ({ settings, qualifier }) => configurationOf(settings, qualifier),
	versions: ({ settings }) => ({
		Versions: ['$LATEST', '1'].map((version) => configurationOf(settings, version)),
	}),
	concurrency: () => ({}),
	aliases: ({ settings }, name) => {
		const aliases = (settings.aliases ?? []).map((alias) => aliasOf(settings, alias));
		if (name === '') return { Aliases: aliases };
		const alias = aliases.find(({ Name }) => Name === name);
		if (alias !== undefined) return alias;
		throw new AwsError('ResourceNotFoundException', `Cannot find alias arn: ${settings.arn}:${name}`, 404);
	},
	policy: () => {
		throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', 404);
	},
};

async function answer(
	request: IncomingMessage,
	response: ServerResponse,
	dependencies: InvokeServiceDependencies,
): Promise<void> {
	const { method = 'GET' } = request;
	const { pathname, searchParams } = new URL(request.url ?? '/', 'http://lambda');
	const [name = '', action = '', argument = '', ...more] = pathname
		.slice(FUNCTIONS.length + 1)
		.split('/')
		.map(decodeURIComponent);
	const isKnown = (pathname === FUNCTIONS || pathname.startsWith(`${FUNCTIONS}/`)) && more.length === 0;
	if (isKnown && method === 'GET' && name === '')
		return writeJson(response, 200, {
			Functions: dependencies.functions().map((settings) => configurationOf(settings, '$LATEST')),
		});
	if (isKnown && method === 'POST' && action === 'invocations')
		return invoke(request, response, { name, qualifier: searchParams.get('Qualifier') }, dependencies);
	const read = isKnown && method === 'GET' && Object.hasOwn(READS, action) ? READS[action] : undefined;
	if (read === undefined || (argument !== '' && action !== 'aliases'))
		throw new AwsError(
			'UnknownOperationException',
			`The local Lambda has no operation ${method} ${pathname}. It has: Invoke, GetFunction, GetFunctionConfiguration, GetAlias, GetFunctionConcurrency, GetPolicy, ListFunctions, ListAliases, ListVersionsByFunction.`,
			404,
		);
	const addressed = findFunction(dependencies.functions(), name, searchParams.get('Qualifier'));
	writeJson(response, 200, read(addressed, argument));
}

/** Finds a function by name, partial ARN or ARN, each with or without a qualifier. */
function findFunction(
	functions: readonly FunctionSettings[],
	given: string,
	qualifierGiven: string | null,
): Addressed {
	const [, name = '', suffix] = /(?:^|function:)([^:]+)(?::([^:]+))?$/.exec(given) ?? [];
	const settings = functions.find((each) => each.name === name);
	const qualifier = qualifierGiven ?? suffix ?? '$LATEST';
	const isThere = settings !== undefined && ['$LATEST', '1', ...(settings.aliases ?? [])].includes(qualifier);
	if (isThere) return { settings, qualifier };
	throw new AwsError('ResourceNotFoundException', `Function not found: ${given}`, 404);
}

async function invoke(
	request: IncomingMessage,
	response: ServerResponse,
	{ name, qualifier }: { readonly name: string; readonly qualifier: string | null },
	{ invoke: run, functions }: InvokeServiceDependencies,
): Promise<void> {
	const payload = String(await readBody(request)) || '{}';
	const addressed = findFunction(functions(), name, qualifier);
	const kind = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
	if (kind === 'DryRun') return void response.writeHead(204).end();
	const running = run(addressed.settings.arn, payload);
	if (kind === 'Event') {
		running.catch(() => undefined);
		return void response.writeHead(202).end();
	}
	const result = await running;
	response.setHeader('x-amz-executed-version', versionOf(addressed.qualifier));
	if (!result.ok) response.setHeader('x-amz-function-error', 'Unhandled');
	response.writeHead(200, { 'content-type': 'application/json' }).end(result.payload);
}

/** Returns the version behind a qualifier: here every alias points to version 1. */
function versionOf(qualifier: string): string {
	return qualifier === '$LATEST' ? '$LATEST' : '1';
}

function configurationOf(settings: FunctionSettings, qualifier: string) {
	const { name, arn, handler, timeoutMs, memoryMb, environment, role } = settings;
	return {
		FunctionName: name,
		FunctionArn: qualifier === '$LATEST' ? arn : `${arn}:${qualifier}`,
		Version: versionOf(qualifier),
		Handler: handler,
		...(role === undefined ? {} : { Role: role }),
		Timeout: timeoutMs / 1000,
		MemorySize: memoryMb,
		Environment: { Variables: environment },
		Runtime: 'nodejs24.x',
		PackageType: 'Zip',
		State: 'Active',
		LastUpdateStatus: 'Successful',
		RevisionId: revisionOf(arn),
	};
}

function aliasOf({ arn }: FunctionSettings, name: string) {
	return {
		AliasArn: `${arn}:${name}`,
		Name: name,
		FunctionVersion: '1',
		RevisionId: revisionOf(`${arn}:${name}`),
	};
}

/** A stable ID in the form of a UUID. */
function revisionOf(arn: string): string {
	const hex = createHash('sha256').update(arn).digest('hex');
	return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
		'-',
	);
}

function writeJson(response: ServerResponse, statusCode: number, body: unknown): void {
	response.writeHead(statusCode, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
