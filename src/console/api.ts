import { createClient, TaskApiError } from '../client/index.ts';
import { createConditionalFetch } from './conditional-fetch.ts';
import { signOut, token } from './session.ts';
import { SETTINGS } from './settings.ts';

/** The client of the API that serves this page. */
export const api = createClient({
	baseUrl: SETTINGS.basePath,
	token: () => token.value,
	fetch: createConditionalFetch((input, init) => fetch(input, init)),
});

/** Returns the message of an error for people. An invalid token also ends the session. */
export function messageOf(error: unknown): string {
	if (error instanceof TaskApiError) {
		if (error.status === 401 && SETTINGS.auth === 'jwt') signOut();
		return error.detail;
	}
	return error instanceof Error ? error.message : String(error);
}

/** Returns whether the error only says that the page no longer wants the answer. */
export function isAborted(error: unknown): boolean {
	return error instanceof DOMException && error.name === 'AbortError';
}

/** Returns the equivalent command line of a request. */
export function curlOf({ method, path, body, headers = {} }: ShownRequest): string {
	const origin = `${window.location.origin}${SETTINGS.basePath}`;
	const lines = [
		`curl -s ${method === 'GET' ? '' : `-X ${method} `}${quote(`${origin}${path}`)}`,
		...(token.value === undefined ? [] : [`-H "authorization: Bearer $TASK_API_TOKEN"`]),
		...Object.entries(headers).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
		...(body === undefined
			? []
			: [`-H 'content-type: application/json'`, `-d ${quote(JSON.stringify(body))}`]),
	];
	return lines.join(' \\\n  ');
}

/** A request to show as a command line. */
export interface ShownRequest {
	readonly method: 'GET' | 'POST';
	readonly path: string;
	readonly body?: unknown;
	readonly headers?: Readonly<Record<string, string>>;
}

function quote(text: string): string {
	return `'${text.replaceAll("'", `'\\''`)}'`;
}
