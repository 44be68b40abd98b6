import type { IncomingMessage } from 'node:http';

/** Names of this machine; browsers resolve every name under `localhost` to it. */
const LOOPBACK_HOST = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/**
 * Returns why a request is refused that a web page of another site may have sent, or `undefined` if it is allowed.
 * The `Host` check stops DNS rebinding, the `Origin` check stops forms and scripts.
 */
export function refusalOfWebPage({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
	const { host, origin } = headers;
	if (host !== undefined && !LOOPBACK_HOST.test(host))
		return `The host "${host}" is not this machine. Use localhost or 127.0.0.1.`;
	if (origin === undefined || isSameHost(origin, host)) return undefined;
	return `Requests from web pages of another origin are refused (${origin}).`;
}

function isSameHost(origin: string, host: string | undefined): boolean {
	return host !== undefined && /^https?:\/\//i.test(origin) && origin.replace(/^https?:\/\//i, '') === host;
}
