interface KnownResponse {
	readonly etag: string;
	readonly response: Response;
}

/** The most recently read resources are enough: those that the page polls. */
const MAX_KNOWN_RESPONSES = 100;

/**
 * Wraps `fetch` so that a repeated GET sends the ETag of the response before it, and a 304 is answered with that response.
 */
export function createConditionalFetch(send: typeof fetch = fetch): typeof fetch {
	const known = new Map<string, KnownResponse>();
	return async (input, init = {}) => {
		const url = input instanceof Request ? input.url : input.toString();
		const headers = new Headers(init.headers);
		if ((init.method ?? 'GET') !== 'GET') return send(input, init);
		const before = known.get(url);
		if (before !== undefined) headers.set('if-none-match', before.etag);
		const response = await send(input, { ...init, headers });
		if (response.status === 304 && before !== undefined) return before.response.clone();
		known.delete(url);
		const etag = response.headers.get('etag');
		if (response.ok && etag !== null) known.set(url, { etag, response: response.clone() });
		const [oldest] = known.keys();
		if (known.size > MAX_KNOWN_RESPONSES && oldest !== undefined) known.delete(oldest);
		return response;
	};
}
