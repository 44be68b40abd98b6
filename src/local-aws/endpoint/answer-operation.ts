import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../log.ts';
import { readBodyUpTo } from '../read-body.ts';
import { targetOf } from './addressed-service.ts';
import { AwsError, type JsonService } from './service.ts';

/** The body limit of AWS's front end. Each service has lower limits of its own. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Calls the requested operation and sends its output or error in AWS JSON. Never rejects. */
export async function answerOperation(
	service: JsonService,
	request: IncomingMessage,
	response: ServerResponse,
	log: Pick<Log, 'error'>,
): Promise<void> {
	const contentType = `application/x-amz-json-${service.jsonVersion}`;
	try {
		const body = await readBodyUpTo(request, MAX_BODY_BYTES);
		const output = await requestedOperation(service, request)(parseBody(body));
		writeJson(response, 200, contentType, output ?? {});
	} catch (error) {
		// A client that has closed the connection gets no answer, and its incomplete body is no error of ours.
		if (response.destroyed) return;
		writeError(response, contentType, asAwsError(error, service, request, log));
	}
}

/** Sends an error with the members and the header that SDK clients read. */
export function writeError(response: ServerResponse, contentType: string, error: AwsError): void {
	response.setHeader('x-amzn-ErrorType', error.code);
	writeJson(response, error.statusCode, contentType, { __type: error.code, message: error.message });
}

function requestedOperation(service: JsonService, request: IncomingMessage) {
	const target = targetOf(request);
	if (target === undefined) {
		throw new AwsError(
			'UnknownOperationException',
			`A request to ${service.signingName} needs the header X-Amz-Target: it is served in AWS JSON ${service.jsonVersion} only.`,
		);
	}
	const { operation: name } = target;
	const operation = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
	if (operation !== undefined) return operation;
	throw new AwsError(
		'UnknownOperationException',
		`The local ${service.signingName} has no operation ${name}. It has: ${Object.keys(service.operations).join(', ')}.`,
	);
}

function parseBody(body: Buffer | 'too-large'): unknown {
	if (body === 'too-large') {
		throw new AwsError(
			'RequestEntityTooLargeException',
			`The request is larger than ${MAX_BODY_BYTES} bytes.`,
			413,
		);
	}
	if (body.length === 0) return {};
	try {
		return JSON.parse(body.toString());
	} catch {
		throw new AwsError('SerializationException', 'The body of the request is not JSON.');
	}
}

function asAwsError(
	error: unknown,
	{ signingName }: JsonService,
	request: IncomingMessage,
	log: Pick<Log, 'error'>,
): AwsError {
	if (error instanceof AwsError) return error;
	log.error('An operation of the local AWS failed', {
		service: signingName,
		operation: targetOf(request)?.operation,
		error,
	});
	return new AwsError('InternalFailure', error instanceof Error ? error.message : String(error), 500);
}

function writeJson(response: ServerResponse, statusCode: number, contentType: string, value: unknown): void {
	const body = JSON.stringify(value);
	response.writeHead(statusCode, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
	response.end(body);
}
