import { SETTINGS } from '../settings.ts';

/** A log line of a function. */
export interface LogLine {
	readonly timestamp: string;
	readonly level: string;
	readonly message: string;
	/** Absent for lines of the stack itself. */
	readonly function?: string;
	readonly fields: Readonly<Record<string, unknown>>;
}

/** A queue and its messages. */
export interface QueueDepth {
	readonly queue_arn: string;
	readonly visible: number;
	readonly in_flight: number;
	readonly delayed: number;
	readonly oldest_sent_at?: string;
}

/** A function and its invocations. */
export interface FunctionActivity {
	readonly function_name: string;
	readonly invocations: number;
	readonly errors: number;
	readonly last_invoked_at: string;
}

/** A message that the laptop's Slack webhook has received. */
export interface SlackMessage {
	readonly text: string;
}

/** A request that the laptop's receiver of webhooks has received. */
export interface ReceivedWebhook {
	readonly received_at: string;
	/** Whether the signature matches a secret that the receiver knows. */
	readonly is_verified: boolean;
	readonly body: unknown;
}

/** Probability of each fault, 0 to 1. */
export type FaultRates = Readonly<Record<string, number>>;

type Parse<Value> = (body: unknown) => Value;

/** @throws Error with the answer's message unless the status is 200. */
async function request<Value>(
	method: 'GET' | 'PUT' | 'POST',
	path: string,
	parse: Parse<Value>,
	{ body, signal }: { readonly body?: unknown; readonly signal?: AbortSignal } = {},
): Promise<Value> {
	const response = await fetch(`${SETTINGS.basePath}/_local/${path}`, {
		method,
		...(signal === undefined ? {} : { signal }),
		...(body === undefined
			? {}
			: { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
	});
	const answer: unknown = await response.json();
	if (!response.ok) throw new Error(String(Object(answer).message ?? response.statusText));
	return parse(answer);
}

function isList<Item>(value: unknown, isItem: (item: unknown) => item is Item): value is Item[] {
	return Array.isArray(value) && value.every(isItem);
}

function listIn<Item>(member: string, isItem: (item: unknown) => item is Item): Parse<readonly Item[]> {
	return (body) => {
		const value: unknown = Object(body)[member];
		if (!isList(value, isItem)) throw new Error(`The local stack returned unexpected ${member}.`);
		return value;
	};
}

const isLogLine = (value: unknown): value is LogLine => {
	const { timestamp, level, message, fields } = Object(value);
	return [timestamp, level, message].every((text) => typeof text === 'string') && typeof fields === 'object';
};
const isQueueDepth = (value: unknown): value is QueueDepth => {
	const { queue_arn: arn, visible, in_flight: inFlight, delayed } = Object(value);
	return typeof arn === 'string' && [visible, inFlight, delayed].every((count) => typeof count === 'number');
};
const isFunctionActivity = (value: unknown): value is FunctionActivity => {
	const { function_name: name, invocations, errors, last_invoked_at: at } = Object(value);
	return (
		typeof name === 'string' &&
		typeof at === 'string' &&
		[invocations, errors].every((count) => typeof count === 'number')
	);
};
const isSlackMessage = (value: unknown): value is SlackMessage => typeof Object(value).text === 'string';

const isReceivedWebhook = (value: unknown): value is ReceivedWebhook => {
	const { received_at: at, is_verified: isVerified } = Object(value);
	return typeof at === 'string' && typeof isVerified === 'boolean';
};

function parseRates(body: unknown): FaultRates {
	return Object.fromEntries(
		Object.entries(Object(body)).flatMap(([name, rate]) => (typeof rate === 'number' ? [[name, rate]] : [])),
	);
}

/** Reads the latest log lines about a task or of a function. */
export function readLogs(
	query: { readonly task_id: string } | { readonly function: string },
	signal: AbortSignal,
) {
	const path = `logs?${new URLSearchParams(query)}`;
	return request('GET', path, listIn('lines', isLogLine), { signal });
}

/** Reads the depth of every queue. */
export function readQueues() {
	return request('GET', 'queues', listIn('queues', isQueueDepth));
}

/** Reads the activity of every function. */
export function readFunctions() {
	return request('GET', 'functions', listIn('functions', isFunctionActivity));
}

/** Reads the webhooks that have arrived, newest last. */
export function readReceivedWebhooks() {
	return request('GET', 'webhooks', (body) => listIn('webhooks', isReceivedWebhook)({ webhooks: body }));
}

/** Reads the messages to Slack, newest last. */
export function readSlackMessages() {
	return request('GET', 'slack', (body) => listIn('messages', isSlackMessage)({ messages: body }));
}

/** Reads the fault switches. */
export function readFaults() {
	return request('GET', 'faults', parseRates);
}

/** Sets fault switches; `reset: true` turns the others off. */
export function changeFaults(change: Readonly<Record<string, number | boolean>>) {
	return request('PUT', 'faults', parseRates, { body: change });
}

/** Reads the errors of the sources, which `npm run dev` builds again after each change. */
export function readBuildErrors(signal: AbortSignal) {
	const isText = (value: unknown) => typeof value === 'string';
	return request('GET', 'build', listIn('errors', isText), { signal });
}

/** Requests a token with all scopes from the laptop's issuer. */
export function requestLocalToken(principal: string) {
	const parse: Parse<string> = (body) => {
		const accessToken: unknown = Object(body).access_token;
		if (typeof accessToken !== 'string') throw new Error('The local issuer returned no token.');
		return accessToken;
	};
	return request('POST', 'tokens', parse, {
		body: { sub: principal, scope: 'tasks:read tasks:write webhooks:write' },
	});
}
