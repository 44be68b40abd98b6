import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Admitted } from './admission.ts';
import type { ApiIdentity } from './gateway-settings.ts';
import { bodyMembers } from './request-body.ts';
import type { RequestHead } from './request-head.ts';

/** The sources of a function's event. */
export interface EventParts extends Pick<Admitted, 'route' | 'pathParameters' | 'token'> {
	readonly api: ApiIdentity;
	readonly request: IncomingMessage;
	/** The head that selected the route: its path lacks the base path of an API mapping. */
	readonly head: RequestHead;
	/** The path with the base path. */
	readonly fullPath: string;
	readonly body: Buffer;
	readonly requestId: string;
	readonly nowMs: number;
}

/** Hop-by-hop headers, which do not reach a function. */
const HOP_BY_HOP = [
	'connection',
	'expect',
	'keep-alive',
	'proxy-connection',
	'te',
	'trailer',
	'transfer-encoding',
	'upgrade',
];

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * Builds the event of payload format 2.0, without empty members.
 * Shape: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function buildEvent(parts: EventParts): object {
	const { head, body, route, pathParameters } = parts;
	return {
		version: '2.0',
		routeKey: route.routeKey,
		rawPath: head.path,
		rawQueryString: head.rawQueryString,
		...(head.cookies.length > 0 && { cookies: head.cookies }),
		headers: headersFor(parts),
		...(head.rawQueryString !== '' && { queryStringParameters: queryParameters(head.rawQueryString) }),
		requestContext: requestContext(parts),
		...(Object.keys(pathParameters).length > 0 && { pathParameters }),
		...bodyMembers(body, head.headers),
	};
}

function requestContext({
	api,
	request,
	head,
	fullPath,
	route,
	token,
	requestId,
	nowMs,
}: EventParts): object {
	return {
		accountId: api.accountId,
		apiId: api.apiId,
		...(token !== undefined && { authorizer: { jwt: token } }),
		domainName: domainName(api),
		domainPrefix: api.apiId,
		http: {
			method: head.method,
			path: fullPath,
			protocol: `HTTP/${request.httpVersion}`,
			sourceIp: sourceIp(request),
			userAgent: head.headers.get('user-agent') ?? '',
		},
		requestId,
		routeKey: route.routeKey,
		stage: api.stage,
		time: commonLogTime(nowMs),
		timeEpoch: nowMs,
	};
}

/** Returns the client's headers and those of the gateway. */
function headersFor({ api, request, head, body, requestId, nowMs }: EventParts): Record<string, string> {
	const headers = new Map(head.headers);
	for (const name of HOP_BY_HOP) headers.delete(name);
	const forwardedFor = head.headers.get('x-forwarded-for');
	const address = sourceIp(request);
	headers
		.set('content-length', String(body.length))
		.set('host', head.headers.get('host') ?? domainName(api))
		.set('x-amzn-trace-id', head.headers.get('x-amzn-trace-id') ?? traceId(requestId, nowMs))
		.set('x-forwarded-for', forwardedFor === undefined ? address : `${forwardedFor}, ${address}`)
		.set('x-forwarded-port', String(request.socket.localPort ?? ''))
		.set('x-forwarded-proto', 'http');
	return Object.fromEntries(headers);
}

function queryParameters(rawQueryString: string): Record<string, string> {
	const byName = Map.groupBy(new URLSearchParams(rawQueryString), ([name]) => name);
	return Object.fromEntries(
		[...byName].map(([name, pairs]) => [name, pairs.map(([, value]) => value).join(',')]),
	);
}

function domainName({ apiId, region }: ApiIdentity): string {
	return `${apiId}.execute-api.${region}.amazonaws.com`;
}

/** An IPv4 client of a socket that listens on both looks like `::ffff:127.0.0.1`. */
function sourceIp({ socket }: IncomingMessage): string {
	return (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

/** `1-<epoch seconds, 8 hex digits>-<24 hex digits>`, as X-Ray requires. */
function traceId(requestId: string, nowMs: number): string {
	const seconds = Math.floor(nowMs / 1000)
		.toString(16)
		.padStart(8, '0');
	return `Root=1-${seconds}-${createHash('sha256').update(requestId).digest('hex').slice(0, 24)}`;
}

/** The time as web servers log it: `12/Mar/2020:19:03:58 +0000`. */
function commonLogTime(ms: number): string {
	const date = new Date(ms);
	const [day = '', time = ''] = date.toISOString().split('T');
	return `${day.slice(8)}/${MONTHS[date.getUTCMonth()]}/${day.slice(0, 4)}:${time.slice(0, 8)} +0000`;
}
