import type { IncomingMessage } from 'node:http';
import { writeError } from '../endpoint/answer-operation.ts';
import { AwsError, type HttpService } from '../endpoint/service.ts';
import { isObject, type Json } from '../json.ts';
import type { Log } from '../log.ts';
import { readBody } from '../read-body.ts';

/** One operation of the protocol REST-JSON. */
export interface RestRoute {
	readonly operation: string;
	readonly method: string;
	/** A path with placeholders, such as `/schedules/{Name}`. */
	readonly path: string;
	/** Receives the body with the members of the path, and the members of path and query. @throws {@link AwsError} */
	readonly answer: (input: unknown, parameters: Readonly<Record<string, string | undefined>>) => unknown;
}

/** Settings of a REST-JSON service. */
export interface RestServiceOptions {
	readonly signingName: string;
	readonly newId: () => string;
	readonly routes: readonly RestRoute[];
	/** Receives unexpected errors of operations. */
	readonly log: Pick<Log, 'error'>;
}

/** Creates a service that speaks REST-JSON; operations that it lacks are refused. */
export function createRestService({ signingName, newId, routes, log }: RestServiceOptions): HttpService {
	const answer = async (request: IncomingMessage): Promise<unknown> => {
		const url = new URL(request.url ?? '/', 'http://service');
		const match = routes
			.filter(({ method }) => method === request.method)
			.map((route) => ({ route, parameters: matchPath(route.path, url.pathname) }))
			.find(({ parameters }) => parameters !== undefined);
		if (match === undefined) {
			const names = routes.map(({ operation }) => operation).join(', ');
			throw new AwsError(
				'UnknownOperationException',
				`The local ${signingName} has no operation ${request.method} ${url.pathname}. It has: ${names}.`,
				404,
			);
		}
		const body = parseBody(String(await readBody(request)));
		const parameters = { ...Object.fromEntries(url.searchParams), ...match.parameters };
		return match.route.answer({ ...body, ...match.parameters }, parameters);
	};
	return {
		signingName,
		handle(request, response) {
			response.setHeader('x-amzn-RequestId', newId());
			answer(request).then(
				(output) =>
					response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(output ?? {})),
				(error: unknown) => {
					if (response.destroyed) return;
					if (error instanceof AwsError) return writeError(response, 'application/json', error);
					log.error('An operation of the local AWS failed', { service: signingName, error });
					writeError(
						response,
						'application/json',
						new AwsError('InternalServerException', String(error), 500),
					);
				},
			);
		},
	};
}

/** Returns the members of a path, or `undefined` if it does not match. */
function matchPath(pattern: string, path: string): Record<string, string> | undefined {
	const names = pattern.split('/');
	const parts = path.split('/');
	if (names.length !== parts.length) return undefined;
	const members: Record<string, string> = {};
	for (const [index, name] of names.entries()) {
		const part = decodeURIComponent(parts[index] ?? '');
		const [, member] = /^\{(.+)\}$/.exec(name) ?? [];
		if (member === undefined ? name !== part : part === '') return undefined;
		if (member !== undefined) members[member] = part;
	}
	return members;
}

function parseBody(text: string): Readonly<Record<string, Json>> {
	if (text === '') return {};
	try {
		const value: Json = JSON.parse(text);
		if (isObject(value)) return value;
	} catch {
		// Reported below.
	}
	throw new AwsError('SerializationException', 'The body of the request is not a JSON object.');
}
