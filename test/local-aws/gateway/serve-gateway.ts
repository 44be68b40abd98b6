import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { Test } from 'tap';
import {
	createGateway,
	type GatewayDependencies,
	type GatewaySettings,
} from '../../../src/local-aws/gateway/gateway.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';

/** One invocation through the gateway. */
export interface RecordedCall {
	readonly functionName: string;
	readonly event: Record<string, unknown>;
	readonly signal: AbortSignal;
}

/** A listening gateway with a record of its invocations. */
export interface ServedGateway {
	readonly url: string;
	readonly clock: ManualClock;
	/** Invocations so far. */
	readonly calls: readonly RecordedCall[];
	/** Sends raw bytes and returns the response when the gateway closes the connection. */
	readonly exchange: (bytes: string) => Promise<string>;
}

/** Starts a gateway on a free port; by default its function returns `{}` for every request. */
export async function serveGateway(
	t: Test,
	settings: Partial<GatewaySettings> = {},
	dependencies: Partial<GatewayDependencies> = {},
): Promise<ServedGateway> {
	const clock = createManualClock();
	const calls: RecordedCall[] = [];
	const { invoke = async () => ({ ok: true, payload: '{}' }), ...others } = dependencies;
	let ids = 0;
	const gateway = createGateway(
		{
			apiId: 'localapi',
			stage: '$default',
			region: 'us-east-1',
			accountId: '000000000000',
			routes: [{ routeKey: '$default', functionName: 'api' }],
			...settings,
		},
		{
			clock,
			newId: () => `request-${++ids}`,
			keys: async () => ({ keys: [] }),
			...others,
			invoke(functionName, payload, signal) {
				calls.push({ functionName, event: JSON.parse(payload), signal });
				return invoke(functionName, payload, signal);
			},
		},
	);
	const server = createServer({ keepAliveTimeout: 1 }, gateway).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	const address = server.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	return { url: `http://127.0.0.1:${port}`, clock, calls, exchange: (bytes) => exchange(port, bytes) };
}

async function exchange(port: number, bytes: string): Promise<string> {
	const socket = connect(port, '127.0.0.1');
	socket.write(bytes);
	const chunks: Buffer[] = [];
	for await (const chunk of socket) chunks.push(chunk);
	return Buffer.concat(chunks).toString('latin1');
}
