import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/**
 * Creates a listener for pages beside the HTTP API, by exact path, or by prefix such as `/docs/*`. It returns false for
 * other paths, and for methods other than GET and HEAD.
 */
export function createPages(
	pages: Readonly<Record<string, RequestListener>>,
): (request: IncomingMessage, response: ServerResponse) => boolean {
	const entries = Object.entries(pages);
	return (request, response) => {
		if (request.method !== 'GET' && request.method !== 'HEAD') return false;
		const [path = ''] = (request.url ?? '').split('?', 1);
		const page = entries.find(([pattern]) => isMatch(pattern, path))?.[1];
		page?.(request, response);
		return page !== undefined;
	};
}

function isMatch(pattern: string, path: string): boolean {
	return pattern.endsWith('/*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}
