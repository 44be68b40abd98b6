import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { SendOutcome, WebhookRequest } from '../tasks/send-delivery.ts';
import {
	type AddressRules,
	areAllowed,
	findUrlFault,
	hostOf,
	type Resolve,
	type ResolvedAddress,
} from './webhook-address.ts';

/** The time within which a receiver must answer. */
export const RECEIVER_TIMEOUT_MS = 15_000;

/** Bytes of a response that are read; the connection is closed after them. */
const MAX_READ_BYTES = 4096;

/** Bytes of a response that a delivery shows. */
const MAX_SHOWN_BYTES = 1024;

/** The settings of the client. */
export interface ReceiverClientOptions extends AddressRules {
	readonly now: () => number;
	/** Default: the resolver of the system. */
	readonly resolve?: Resolve;
	/** Default: {@link RECEIVER_TIMEOUT_MS}. */
	readonly timeoutMs?: number;
}

/**
 * Creates the client of webhook receivers. It resolves a name once, refuses every address that is not public, connects to a
 * checked address, and follows no redirect, so that no request reaches the network of the function.
 */
export function createReceiverClient(options: ReceiverClientOptions) {
	const { now, resolve = resolveHost, timeoutMs = RECEIVER_TIMEOUT_MS } = options;
	return async (request: WebhookRequest): Promise<SendOutcome> => {
		const startedAtMs = now();
		const failed = (error: string): SendOutcome => ({ latencyMs: now() - startedAtMs, error });
		const fault = findUrlFault(request.url, options);
		if (fault !== undefined) return failed(fault);
		const url = new URL(request.url);
		const signal = AbortSignal.timeout(timeoutMs);
		try {
			const addresses = await abortable(resolve(hostOf(url)), signal);
			if (!areAllowed(addresses, options)) return failed('The host name has an address that is not allowed.');
			const response = await sendRequest(url, addresses, request, signal);
			const latencyMs = now() - startedAtMs;
			const text = await readBeginning(response);
			return {
				latencyMs,
				statusCode: response.statusCode ?? 0,
				...(text === '' ? {} : { response: text }),
				...retryAfter(response.headers['retry-after'], now()),
			};
		} catch (error) {
			return failed(signal.aborted ? `No response within ${timeoutMs / 1000} s.` : describeFailure(error));
		}
	};
}

/** Resolves a host name with the resolver of the system. */
export const resolveHost: Resolve = (host) => lookup(host, { all: true });

async function abortable<Value>(value: Promise<Value>, signal: AbortSignal): Promise<Value> {
	const aborted = Promise.withResolvers<never>();
	const abort = () => aborted.reject(signal.reason);
	signal.addEventListener('abort', abort, { once: true });
	try {
		return await Promise.race([value, aborted.promise]);
	} finally {
		signal.removeEventListener('abort', abort);
	}
}

function sendRequest(
	url: URL,
	addresses: readonly ResolvedAddress[],
	{ body, id, sentAtMs, secrets }: WebhookRequest,
	signal: AbortSignal,
): Promise<IncomingMessage> {
	const timestamp = new Date(sentAtMs);
	const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
	const send = url.protocol === 'https:' ? requestHttps : requestHttp;
	const request = send(
		url,
		{
			method: 'POST',
			agent: false,
			signal,
			lookup: checkedLookup(addresses),
			headers: {
				'content-type': 'application/json',
				'content-length': Buffer.byteLength(body),
				'user-agent': 'task-api',
				'webhook-id': id,
				'webhook-timestamp': String(Math.floor(sentAtMs / 1000)),
				'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, timestamp, body)).join(' '),
			},
		},
		resolve,
	);
	// Stays after the response, because a connection that breaks later must not end the process.
	request.on('error', reject);
	request.end(body);
	return promise;
}

/** Answers every lookup with the checked addresses, so that a second answer of the DNS has no effect. */
function checkedLookup(addresses: readonly ResolvedAddress[]): LookupFunction {
	return (_host, { all = false }, callback) => {
		const [first] = addresses;
		if (first === undefined) callback(new Error('The host name has no address.'), '');
		else if (all) callback(null, [...addresses]);
		else callback(null, first.address, first.family);
	};
}

/** Reads the beginning of a response. A response that breaks off still has its status. */
async function readBeginning(response: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	try {
		for await (const chunk of response) {
			chunks.push(Buffer.from(chunk));
			bytes += Buffer.from(chunk).length;
			// Leaving the loop closes the connection.
			if (bytes >= MAX_READ_BYTES) break;
		}
	} catch {
		response.destroy();
	}
	return Buffer.concat(chunks)
		.subarray(0, MAX_SHOWN_BYTES)
		.toString()
		.replace(/\uFFFD$/, '');
}

/** Parses `Retry-After`: seconds, or an HTTP date. */
function retryAfter(value: string | undefined, nowMs: number): Pick<SendOutcome, 'retryAfterMs'> {
	if (value === undefined) return {};
	const ms = /^\d{1,9}$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - nowMs;
	return Number.isFinite(ms) && ms > 0 ? { retryAfterMs: ms } : {};
}

function describeFailure(error: unknown): string {
	const { code } = Object(error);
	return typeof code === 'string' ? `The connection failed: ${code}.` : 'The connection failed.';
}
