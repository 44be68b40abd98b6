import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A listening server. */
export interface Listening {
	readonly port: number;
	/** Closes the server and all open connections. */
	close(): Promise<void>;
}

/** The port is in use, or this user may not listen on it. */
export class PortUnavailableError extends Error {
	override readonly name = 'PortUnavailableError';
	readonly code = 'port-unavailable';
	/** The option of `startStack` that chose the port. */
	readonly option: 'port' | 'awsPort';

	constructor(message: string, option: 'port' | 'awsPort', options: ErrorOptions) {
		super(message, options);
		this.option = option;
	}
}

/** Longer than clients keep an idle connection: closing one while a request is on its way would fail the request. */
const KEEP_ALIVE_MS = 65_000;

/** Above the gateway's own limit, so that the gateway refuses a large head and not Node. */
const MAX_HEADER_BYTES = 65_536;

/**
 * Listens on the loopback interface.
 * @throws {@link PortUnavailableError} if the port is in use or reserved.
 */
export async function listen(
	handle: RequestListener,
	port: number,
	option: 'port' | 'awsPort',
): Promise<Listening> {
	const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, maxHeaderSize: MAX_HEADER_BYTES }, handle);
	server.listen(port, '127.0.0.1');
	try {
		await once(server, 'listening');
	} catch (cause) {
		const { code } = Object(cause);
		if (code === 'EADDRINUSE') throw new PortUnavailableError(`Port ${port} is in use.`, option, { cause });
		if (code === 'EACCES')
			throw new PortUnavailableError(`Port ${port} is reserved for other users.`, option, { cause });
		throw cause;
	}
	return {
		port: addressOf(server.address()).port,
		async close() {
			const closed = once(server, 'close');
			server.close();
			server.closeAllConnections();
			await closed;
		},
	};
}

/**
 * Checks that the port is free; 0 always is.
 * @throws {@link PortUnavailableError}
 */
export async function checkPort(port: number, option: 'port' | 'awsPort'): Promise<void> {
	if (port !== 0) await (await listen((_, response) => response.end(), port, option)).close();
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
	if (typeof address === 'object' && address !== null) return address;
	throw new Error('The server does not listen on a port.');
}
