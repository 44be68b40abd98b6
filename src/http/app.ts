import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify from 'fastify';
import type { Log } from '../tasks/log.ts';
import type { BuildValidator } from './built-validators.ts';
import type { ReadDocument } from './documents/document.ts';
import { registerAcceptable } from './plugins/acceptable.ts';
import { registerAddress } from './plugins/address.ts';
import { registerCompression } from './plugins/compression.ts';
import { type AllowedOrigins, registerCors, setCorsHeaders } from './plugins/cors.ts';
import { registerErrors, sendError } from './plugins/errors.ts';
import { registerJsonBody } from './plugins/json-body.ts';
import { type FindCaller, registerPrincipal } from './plugins/principal.ts';
import { registerRouteMethods } from './plugins/route-methods.ts';
import { registerSecurityHeaders, setSecurityHeaders } from './plugins/security-headers.ts';
import { type AnswerCallbackRoute, registerAnswerCallback } from './routes/answer-callback.ts';
import { type AnswerJiraCallbackRoute, registerAnswerJiraCallback } from './routes/answer-jira-callback.ts';
import { type CancelTaskRoute, registerCancelTask } from './routes/cancel-task.ts';
import {
	type CreateCallbackTokenRoute,
	registerCreateCallbackToken,
} from './routes/create-callback-token.ts';
import { type CreateTaskRoute, registerCreateTask } from './routes/create-task.ts';
import { type CreateTasksRoute, registerCreateTasks } from './routes/create-tasks.ts';
import { type GetCallbackRoute, registerGetCallback } from './routes/get-callback.ts';
import { registerGetDocs } from './routes/get-docs.ts';
import { registerGetHealth } from './routes/get-health.ts';
import { registerGetOpenapi } from './routes/get-openapi.ts';
import { type GetTaskRoute, registerGetTask } from './routes/get-task.ts';
import { registerGetType } from './routes/get-type.ts';
import { type ListTaskEventsRoute, registerListTaskEvents } from './routes/list-task-events.ts';
import { type ListTasksRoute, registerListTasks } from './routes/list-tasks.ts';
import { registerListTypes } from './routes/list-types.ts';
import { type RedriveTaskRoute, registerRedriveTask } from './routes/redrive-task.ts';
import type { App } from './typed-app.ts';

/** What surrounds every route. */
export interface Edges {
	readonly findCaller: FindCaller;
	/** All, unless the stage names those it serves. */
	readonly allowedOrigins?: AllowedOrigins;
	/** Fastify's own way, unless the build has been there before. */
	readonly buildValidator?: BuildValidator | undefined;
	readonly log: Log;
}

export interface AppDependencies
	extends Edges,
		CreateTaskRoute,
		CreateTasksRoute,
		GetTaskRoute,
		ListTasksRoute,
		CancelTaskRoute,
		RedriveTaskRoute,
		ListTaskEventsRoute {
	readonly readDocument: ReadDocument;
	readonly version: string;
	readonly log: Log;
}

const MAX_BODY_BYTES = 5 * 1024 * 1024;

/** The whole API but its callbacks. */
export function createApp(dependencies: AppDependencies): App {
	const app = newApp(dependencies);
	registerApi(app, dependencies);
	return app;
}

/** Dependencies of the app of the `callbacks` function. */
export interface CallbacksAppDependencies
	extends Edges,
		AnswerCallbackRoute,
		AnswerJiraCallbackRoute,
		GetCallbackRoute,
		CreateCallbackTokenRoute {
	readonly log: Log;
}

/** The app of the `callbacks` function, the only one that can resume an execution and that knows the callback keys. */
export function createCallbacksApp(dependencies: CallbacksAppDependencies): App {
	const app = newApp(dependencies);
	registerEdges(app, dependencies);
	registerCallbacks(app, dependencies);
	return app;
}

/** Registers the routes of the `callbacks` function. */
export function registerCallbacks(app: App, dependencies: CallbacksAppDependencies): void {
	registerAnswerCallback(app, dependencies);
	registerAnswerJiraCallback(app, dependencies);
	registerGetCallback(app, dependencies);
	registerCreateCallbackToken(app, dependencies);
}

/** Every route, one line each; the `access` in a route's own file says who may call it. */
export function registerApi(app: App, dependencies: AppDependencies): void {
	registerEdges(app, dependencies);

	registerCreateTask(app, dependencies);
	registerCreateTasks(app, dependencies);
	registerGetTask(app, dependencies);
	registerListTasks(app, dependencies);
	registerCancelTask(app, dependencies);
	registerRedriveTask(app, dependencies);
	registerListTaskEvents(app, dependencies);
	registerListTypes(app, dependencies);
	registerGetType(app, dependencies);
	registerGetHealth(app, dependencies);
	registerGetOpenapi(app, dependencies);
	registerGetDocs(app, dependencies);
}

function registerEdges(app: App, { findCaller, allowedOrigins = '*', log }: Edges): void {
	const methodsOf = registerRouteMethods(app);
	registerSecurityHeaders(app);
	registerErrors(app, log, methodsOf);
	registerCors(app, allowedOrigins, methodsOf);
	registerAddress(app);
	registerPrincipal(app, findCaller);
	registerAcceptable(app);
	registerJsonBody(app, MAX_BODY_BYTES);
	registerCompression(app);
}

function newApp({ allowedOrigins = '*', buildValidator, log }: Omit<Edges, 'findCaller'>): App {
	return fastify({
		bodyLimit: MAX_BODY_BYTES,
		ajv: {
			customOptions: {
				allErrors: true,
				coerceTypes: false,
				removeAdditional: false,
				discriminator: true,
				// That the schemas are ones is found out where the document is made of them, not at each start.
				validateSchema: false,
			},
		},
		// A serializer compiled for each answer of each route takes longer at a start than it ever saves.
		schemaController: {
			compilersFactory: {
				...(buildValidator === undefined ? {} : { buildValidator }),
				buildSerializer: () => () => JSON.stringify,
			},
		},
		frameworkErrors: (error, request, reply) => {
			setSecurityHeaders(reply);
			setCorsHeaders(request, reply, allowedOrigins);
			sendError(error, request, reply, log);
		},
	}).withTypeProvider<TypeBoxTypeProvider>();
}
