import type { IncomingMessage } from 'node:http';

/** Request line and headers. */
export interface RequestHead {
	readonly method: string;
	/** Percent-decoded: unlike REST APIs and function URLs, an HTTP API decodes the path before anything reads it. */
	readonly path: string;
	/** As sent; empty if missing. */
	readonly rawQueryString: string;
	/** Names in lower case; repeated headers are joined by commas. Without cookies. */
	readonly headers: ReadonlyMap<string, string>;
	readonly cookies: readonly string[];
}

/** HTTP APIs' limit for the request line and the values of all headers together, in bytes. */
const MAX_HEAD_BYTES = 10_240;

/** Returns the method and the headers of any request, even one whose head is refused. */
export function readFields({
	method = 'GET',
	rawHeaders,
}: IncomingMessage): Pick<RequestHead, 'method' | 'headers'> {
	return { method, headers: joinFields(pairs(rawHeaders)) };
}

/** Returns the head of the request, or why it is refused. */
export function readHead(request: IncomingMessage): RequestHead | 'malformed' | 'too-large' {
	const { method = 'GET', url = '/', httpVersion, rawHeaders } = request;
	const fields = pairs(rawHeaders);
	const requestLine = `${method} ${url} HTTP/${httpVersion}`;
	const bytes = fields.reduce((sum, [, value]) => sum + value.length, requestLine.length);
	if (bytes > MAX_HEAD_BYTES) return 'too-large';
	const target = readTarget(url);
	if (target === undefined) return 'malformed';
	return {
		method,
		...target,
		headers: joinFields(fields.filter(([name]) => name !== 'cookie')),
		cookies: fields.flatMap(([name, value]) => (name === 'cookie' ? splitCookies(value) : [])),
	};
}

function readTarget(url: string): { path: string; rawQueryString: string } | undefined {
	// A client that uses the gateway as a proxy sends an absolute URL; only its path counts.
	const target = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
	if (!target.startsWith('/')) return undefined;
	const mark = target.indexOf('?');
	const encodedPath = mark === -1 ? target : target.slice(0, mark);
	try {
		// Live HTTP APIs drop everything after a decoded "?".
		const [path = '/'] = decodeURIComponent(encodedPath).split('?', 1);
		return { path, rawQueryString: mark === -1 ? '' : target.slice(mark + 1) };
	} catch {
		return undefined;
	}
}

function pairs(rawHeaders: readonly string[]): [name: string, value: string][] {
	return Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
		(rawHeaders[index * 2] ?? '').toLowerCase(),
		rawHeaders[index * 2 + 1] ?? '',
	]);
}

function splitCookies(value: string): string[] {
	return value
		.split(';')
		.map((cookie) => cookie.trim())
		.filter((cookie) => cookie !== '');
}

function joinFields(fields: readonly [string, string][]): Map<string, string> {
	const joined = new Map<string, string>();
	for (const [name, value] of fields) {
		const before = joined.get(name);
		joined.set(name, before === undefined ? value : `${before},${value}`);
	}
	return joined;
}
