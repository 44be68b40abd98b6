import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../../tasks/log.ts';
import { fastApiBody, ProblemError, problemBody, wantsFastApiForm } from '../problems/problem.ts';
import { PROBLEMS, type ProblemCode } from '../problems/problem-catalogue.ts';
import { validationFaults } from '../problems/validation-faults.ts';
import { pathOf } from './address.ts';
import type { MethodsOfPath } from './route-methods.ts';

/** Answers whatever was thrown as a problem, in the form the client asks for, and logs what is our own fault. */
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
			request_id: request.id,
			error,
		});
	}
	return sendProblem(problem, request, reply);
}

/** Answers errors, unknown paths and unknown methods. */
export function registerErrors(app: FastifyInstance, log: Log, methodsOf: MethodsOfPath): void {
	app.setErrorHandler<Error>((error, request, reply) => sendError(error, request, reply, log));
	app.setNotFoundHandler((request, reply) => {
		const allowed = methodsOf(pathOf(request));
		if (allowed.length === 0) {
			return sendProblem(new ProblemError('not-found', 'There is nothing at this path.'), request, reply);
		}
		reply.header('allow', allowed.join(', '));
		const problem = new ProblemError('method-not-allowed', `This path takes ${allowed.join(', ')}.`);
		return sendProblem(problem, request, reply);
	});
}

function sendProblem(problem: ProblemError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
	const { status, retryable } = PROBLEMS[problem.code];
	if (retryable) reply.header('retry-after', String(problem.retryAfterSeconds ?? 1));
	if (status === 401) reply.header('www-authenticate', 'Bearer');
	reply.code(status).header('cache-control', 'no-store');
	if (wantsFastApiForm(request.headers.accept)) {
		return reply.type('application/json').serializer(JSON.stringify).send(fastApiBody(problem));
	}
	return reply
		.type('application/problem+json')
		.serializer(JSON.stringify)
		.send(problemBody(problem, pathOf(request)));
}

/** Fastify's own error codes that a client can cause. */
const FASTIFY_CODES: Readonly<Record<string, ProblemCode>> = {
	FST_ERR_CTP_BODY_TOO_LARGE: 'payload-too-large',
	FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
	FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad-request',
	FST_ERR_BAD_URL: 'bad-request',
	FST_ERR_MAX_PARAM_LENGTH: 'bad-request',
};

function toProblem(error: FastifyError | Error): ProblemError {
	if (error instanceof ProblemError) return error;
	if ('validation' in error && error.validation !== undefined) {
		const part = { params: 'path', querystring: 'query', headers: 'header', body: 'body' }[
			error.validationContext ?? 'body'
		];
		return new ProblemError(
			'validation',
			'The request does not match its schema.',
			validationFaults(error.validation, part ?? 'body'),
		);
	}
	const code = 'code' in error ? FASTIFY_CODES[error.code] : undefined;
	if (code !== undefined) return new ProblemError(code, PROBLEMS[code].title + '.');
	return new ProblemError('internal', 'Something went wrong on our side; the request may be sent again.');
}
