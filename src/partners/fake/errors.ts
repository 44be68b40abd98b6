import type { FastifyInstance } from 'fastify';
import type { Log } from '../../tasks/log.ts';

/** Answers what went wrong in one form, `{"error": "..."}`. What is our own fault is logged and not told. */
export function registerErrors(app: FastifyInstance, log: Log): void {
	app.setErrorHandler<Error & { readonly statusCode?: number; readonly validation?: unknown }>(
		(error, request, reply) => {
			const status = error.validation === undefined ? (error.statusCode ?? 500) : 422;
			if (status < 500) return reply.code(status).send({ error: error.message });
			log.error('partner request failed', { route: request.routeOptions.url, error });
			return reply.code(500).send({ error: 'Something went wrong.' });
		},
	);
	app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'There is nothing here.' }));
}
