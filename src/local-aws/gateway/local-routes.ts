import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import * as Type from 'typebox';
import { parseJson, parseValue } from '../parse.ts';
import { readBodyUpTo } from '../read-body.ts';
import { refusalOfWebPage } from '../web-page-requests.ts';
import { type Answer, jsonAnswer, writeAnswer } from './answer.ts';
import type { LocalIssuer } from './local-issuer.ts';

/** Settings of the routes under `/_local/`. */
export interface LocalRoutesOptions {
	readonly issuer: LocalIssuer;
	/** Returns the endpoint and the outputs of the stack. */
	readonly stack: () => unknown;
	/** The fault switches; `change` throws for an unknown switch or an invalid rate. */
	readonly faults?: { read(): unknown; change(input: unknown): unknown };
	/** The application's own routes, by `METHOD /_local/path`. */
	readonly routes?: Readonly<Record<string, LocalRoute>>;
}

/** A request as it arrived, for a route that checks a signature. */
export interface LocalRequest {
	readonly headers: IncomingHttpHeaders;
	/** The body, before it is parsed. */
	readonly text: string;
}

/**
 * Returns the JSON answer to a parsed JSON body and a query; `undefined` stands for no body. An error with the code
 * `unexpected-shape` is answered with 400, any other with 500.
 */
export type LocalRoute = (body: unknown, query: URLSearchParams, request: LocalRequest) => unknown;

const MAX_BODY_BYTES = 64 * 1024;

/** Any claims; `expires_in` is no claim but sets `exp`, in seconds from now. */
const TokenRequest = Type.Object({
	sub: Type.String({ minLength: 1 }),
	expires_in: Type.Optional(Type.Integer()),
});

/** Creates a listener for `/_local/` and the issuer's discovery document; it returns false for other paths. */
export function createLocalRoutes(
	options: LocalRoutesOptions,
): (request: IncomingMessage, response: ServerResponse) => boolean {
	const routes = localRoutes(options);
	const paths = new Set([...routes.keys()].map((key) => key.split(' ')[1]));
	return (request, response) => {
		const [path = ''] = (request.url ?? '').split('?', 1);
		if (!paths.has(path) && !path.startsWith('/_local/')) return false;
		const route = routes.get(`${request.method} ${path}`);
		void answerTo(route, request)
			.catch((error: unknown) => answerForError(error))
			.then((answer) => writeAnswer(response, answer));
		return true;
	};
}

function localRoutes({
	issuer,
	stack,
	faults,
	routes = {},
}: LocalRoutesOptions): ReadonlyMap<string, LocalRoute> {
	const { pathname } = new URL(issuer.issuer);
	return new Map<string, LocalRoute>([
		['POST /_local/tokens', (body) => issueToken(issuer, body)],
		['GET /_local/jwks', () => issuer.jwks()],
		[`GET ${pathname.replace(/\/$/, '')}/.well-known/openid-configuration`, () => discoveryDocument(issuer)],
		['GET /_local/stack', stack],
		...(faults === undefined
			? []
			: ([
					['GET /_local/faults', () => faults.read()],
					['PUT /_local/faults', (body: unknown) => faults.change(body)],
				] as const)),
		...Object.entries(routes),
	]);
}

async function issueToken(issuer: LocalIssuer, body: unknown): Promise<unknown> {
	const { expires_in, ...claims } = parseValue(TokenRequest, body, 'The token request');
	return { access_token: await issuer.issue(claims, expires_in) };
}

/** The members of OpenID Connect Discovery 1.0 that token verification needs. */
function discoveryDocument({ issuer }: LocalIssuer): unknown {
	return {
		issuer,
		jwks_uri: new URL('/_local/jwks', issuer).href,
		token_endpoint: new URL('/_local/tokens', issuer).href,
		id_token_signing_alg_values_supported: ['RS256'],
		response_types_supported: ['token'],
		subject_types_supported: ['public'],
	};
}

async function answerTo(route: LocalRoute | undefined, request: IncomingMessage): Promise<Answer> {
	if (route === undefined) {
		return jsonAnswer(404, { message: `No local route matches ${request.method} ${request.url}.` });
	}
	const refusal = refusalOfWebPage(request);
	if (refusal !== undefined) return jsonAnswer(403, { message: refusal });
	if (request.method !== 'GET' && !isJson(request))
		return jsonAnswer(415, { message: 'The request needs the header "content-type: application/json".' });
	const body = await readBodyUpTo(request, MAX_BODY_BYTES);
	if (body === 'too-large') return jsonAnswer(413, { message: `The body is above ${MAX_BODY_BYTES} bytes.` });
	const text = body.toString('utf8');
	const value = text === '' ? undefined : parseJson(Type.Unknown(), text, 'The body');
	const [, query = ''] = (request.url ?? '').split('?', 2);
	return jsonAnswer(
		200,
		(await route(value, new URLSearchParams(query), { headers: request.headers, text })) ?? {},
	);
}

/** A web page cannot send JSON to another origin without asking first. */
function isJson({ headers }: IncomingMessage): boolean {
	return /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');
}

function answerForError(error: unknown): Answer {
	const message = error instanceof Error ? error.message : String(error);
	return jsonAnswer(Object(error).code === 'unexpected-shape' ? 400 : 500, { message });
}
