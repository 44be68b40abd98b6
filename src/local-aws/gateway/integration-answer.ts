import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as Type from 'typebox';
import { Compile } from 'typebox/compile';
import { type Answer, refusal } from './answer.ts';

const nullable = <Schema extends Type.TSchema>(schema: Schema) =>
	Type.Optional(Type.Union([schema, Type.Null()]));

/** A function's answer in payload format 2.0. */
const FunctionAnswer = Compile(
	Type.Object({
		statusCode: Type.Integer({ minimum: 200, maximum: 599 }),
		headers: nullable(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
		cookies: nullable(Type.Array(Type.String())),
		body: nullable(Type.String()),
		isBase64Encoded: nullable(Type.Boolean()),
	}),
);

/** Headers about the connection to the client, which the gateway owns. */
const GATEWAY_HEADERS: ReadonlySet<string> = new Set([
	'connection',
	'content-length',
	'keep-alive',
	'transfer-encoding',
	'upgrade',
]);

/** Content type of a body without one. */
const ASSUMED_TYPE = 'text/plain;charset=UTF-8';

/** Returns the answer in a function's payload; an invalid payload becomes a 500. */
export function readIntegrationAnswer(payload: string): Answer {
	const value = parse(payload);
	if (value === undefined) return refusal(500);
	if (!namesStatus(value)) return inferredAnswer(value, payload);
	if (!FunctionAnswer.Check(value)) return refusal(500);
	return completeAnswer(value) ?? refusal(500);
}

function parse(payload: string): unknown {
	try {
		return JSON.parse(payload);
	} catch {
		return undefined;
	}
}

function namesStatus(value: unknown): boolean {
	return typeof value === 'object' && value !== null && 'statusCode' in value;
}

/** Without a status, the returned value is the body of a 200. */
function inferredAnswer(value: unknown, payload: string): Answer {
	return {
		statusCode: 200,
		headers: { 'content-type': 'application/json' },
		body: Buffer.from(typeof value === 'string' ? value : payload),
	};
}

function completeAnswer(answer: Type.Static<ReturnType<typeof FunctionAnswer.Type>>): Answer | undefined {
	const body = Buffer.from(answer.body ?? '', answer.isBase64Encoded === true ? 'base64' : 'utf8');
	const headers: Record<string, string | readonly string[]> =
		body.length > 0 ? { 'content-type': ASSUMED_TYPE } : {};
	for (const [name, value] of Object.entries(answer.headers ?? {})) {
		const lowerName = name.toLowerCase();
		if (!GATEWAY_HEADERS.has(lowerName)) headers[lowerName] = String(value);
	}
	const cookies = answer.cookies ?? [];
	if (cookies.length > 0) headers['set-cookie'] = [headers['set-cookie'] ?? [], cookies].flat(2);
	return Object.entries(headers).every(isSendable)
		? { statusCode: answer.statusCode, headers, body }
		: undefined;
}

function isSendable([name, value]: [string, string | readonly string[]]): boolean {
	try {
		validateHeaderName(name);
		for (const one of [value].flat()) validateHeaderValue(name, one);
		return true;
	} catch {
		return false;
	}
}
