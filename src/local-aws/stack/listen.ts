import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Listening {
	readonly port: number;
	/** Cuts what is still open. */
	close(): Promise<void>;
}

/** Longer than clients keep a connection that is idle: one that is closed here while a request is on its way fails the request. */
const KEEP_ALIVE_MS = 65_000;

/** Listens on this machine alone. Throws one clear line where the port is taken; `setting` is what chooses another. */
export async function listen(handle: RequestListener, port: number, setting: string): Promise<Listening> {
	const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, handle);
	server.listen(port, '127.0.0.1');
	try {
		await once(server, 'listening');
	} catch (cause) {
		if (Object(cause).code === 'EADDRINUSE')
			throw new Error(`Port ${port} is in use. Choose another with ${setting}.`, { cause });
		throw cause;
	}
	return {
		port: addressOf(server.address()).port,
		async close() {
			server.close();
			server.closeAllConnections();
		},
	};
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
	if (typeof address === 'object' && address !== null) return address;
	throw new Error('The server does not listen on a port.');
}
