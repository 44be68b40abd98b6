import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify from 'fastify';
import type { Log } from '../tasks/log.ts';
import type { ReadDocument } from './document.ts';
import { registerAcceptable } from './plugins/acceptable.ts';
import { registerAddress } from './plugins/address.ts';
import { registerAnswerHeaders, setAnswerHeaders } from './plugins/answer-headers.ts';
import { registerCompression } from './plugins/compression.ts';
import { type AllowedOrigins, registerCors, setCorsHeaders } from './plugins/cors.ts';
import { answerProblem, registerErrors } from './plugins/errors.ts';
import { registerJsonBody } from './plugins/json-body.ts';
import { type FindCaller, registerPrincipal } from './plugins/principal.ts';
import { registerRouteMethods } from './plugins/route-methods.ts';
import { type CreateTaskRoute, registerCreateTask } from './routes/create-task.ts';
import { registerGetDocs } from './routes/get-docs.ts';
import { registerGetHealth } from './routes/get-health.ts';
import { registerGetOpenapi } from './routes/get-openapi.ts';
import { type GetTaskRoute, registerGetTask } from './routes/get-task.ts';
import { registerGetType } from './routes/get-type.ts';
import { registerListTypes } from './routes/list-types.ts';
import type { App } from './typed-app.ts';

export interface AppDependencies extends CreateTaskRoute, GetTaskRoute {
	readonly findCaller: FindCaller;
	readonly readDocument: ReadDocument;
	readonly version: string;
	/** All, unless the stage names those it serves. */
	readonly allowedOrigins?: AllowedOrigins;
	readonly log: Log;
}

const LARGEST_BODY_BYTES = 5 * 1024 * 1024;

/** The whole API. */
export function createApp(dependencies: AppDependencies): App {
	const app = fastify({
		bodyLimit: LARGEST_BODY_BYTES,
		ajv: {
			customOptions: { allErrors: true, coerceTypes: false, removeAdditional: false, discriminator: true },
		},
		frameworkErrors: (error, request, reply) => {
			setAnswerHeaders(reply);
			setCorsHeaders(request, reply, dependencies.allowedOrigins ?? '*');
			answerProblem(error, request, reply, dependencies.log);
		},
	}).withTypeProvider<TypeBoxTypeProvider>();
	registerApi(app, dependencies);
	return app;
}

/** Every route, one line each; the `access` in a route's own file says who may call it. */
export function registerApi(app: App, dependencies: AppDependencies): void {
	const methodsOf = registerRouteMethods(app);
	registerAnswerHeaders(app);
	registerErrors(app, dependencies.log, methodsOf);
	registerCors(app, dependencies.allowedOrigins ?? '*', methodsOf);
	registerAddress(app);
	registerPrincipal(app, dependencies.findCaller);
	registerAcceptable(app);
	registerJsonBody(app, LARGEST_BODY_BYTES);
	registerCompression(app);

	registerCreateTask(app, dependencies);
	registerGetTask(app, dependencies);
	registerListTypes(app, dependencies);
	registerGetType(app, dependencies);
	registerGetHealth(app, dependencies);
	registerGetOpenapi(app, dependencies);
	registerGetDocs(app, dependencies);
}
