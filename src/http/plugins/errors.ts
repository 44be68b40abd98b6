import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../../tasks/log.ts';
import { findServiceUnavailable } from '../../tasks/service-unavailable.ts';
import { fastApiBody, ProblemError, problemBody } from '../problems/problem.ts';
import { PROBLEMS, type ProblemCode } from '../problems/problem-catalogue.ts';
import { validationFaults } from '../problems/validation-faults.ts';
import { pathOf } from './address.ts';
import { addVary, wantsFastApiForm } from './negotiation.ts';

/** Sends every error that hooks and handlers throw as a problem. */
export function registerErrors(app: FastifyInstance, log: Log): void {
	app.setErrorHandler<Error>((error, request, reply) => sendError(error, request, reply, log));
}

/** Sends an error as a problem, in the form that the client accepts, and logs failures of our own. */
export function sendError(
	error: Error,
	request: FastifyRequest,
	reply: FastifyReply,
	log: Log,
): FastifyReply {
	const problem = toProblem(error);
	if (PROBLEMS[problem.code].status >= 500) {
		log.error('request failed', {
			method: request.method,
			route: request.routeOptions.url,
			error,
		});
	}
	return sendProblem(problem, request, reply);
}

function sendProblem(problem: ProblemError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
	const { status, retryable } = PROBLEMS[problem.code];
	const { retryAfterSeconds = 1, challenge } = problem.options;
	if (retryable) reply.header('retry-after', String(retryAfterSeconds));
	if (status === 401 || challenge !== undefined) reply.header('www-authenticate', challenge ?? 'Bearer');
	addVary(reply, 'accept');
	reply.code(status).header('cache-control', 'no-store');
	if (wantsFastApiForm(request.headers.accept)) {
		return reply.type('application/json').serializer(JSON.stringify).send(fastApiBody(problem));
	}
	return reply
		.type('application/problem+json')
		.serializer(JSON.stringify)
		.send(problemBody(problem, pathOf(request)));
}

/** Fastify's error codes that a client can cause, with the detail of the problem. */
const FASTIFY_ERRORS: Readonly<Record<string, readonly [code: ProblemCode, detail: string]>> = {
	FST_ERR_CTP_BODY_TOO_LARGE: ['payload-too-large', 'The body exceeds 5 MiB.'],
	FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'The body must be application/json.'],
	FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad-request', 'Content-Length does not match the body.'],
	FST_ERR_BAD_URL: ['bad-request', 'The path has an invalid percent-encoding.'],
	FST_ERR_MAX_PARAM_LENGTH: ['bad-request', 'A path segment exceeds 100 characters.'],
};

/** Converts any error to a problem. Unexpected errors keep nothing of their message, which may name internals. */
export function toProblem(error: FastifyError | Error): ProblemError {
	if (error instanceof ProblemError) return error;
	if ('validation' in error && error.validation !== undefined) {
		const context = error.validationContext ?? 'body';
		const part = { params: 'path', querystring: 'query', headers: 'header', body: 'body' }[context];
		return new ProblemError('validation', 'The request does not match its schema.', {
			faults: validationFaults(error.validation, part ?? 'body'),
		});
	}
	const unavailable = findServiceUnavailable(error);
	if (unavailable !== undefined) {
		const { retryAfterSeconds } = unavailable;
		return new ProblemError(
			'unavailable',
			`A service behind the API is temporarily unavailable. Repeat the request in ${retryAfterSeconds} s.`,
			{ retryAfterSeconds },
		);
	}
	const known = 'code' in error ? FASTIFY_ERRORS[error.code] : undefined;
	if (known !== undefined) return new ProblemError(...known);
	return new ProblemError('internal', 'The request failed unexpectedly.');
}
