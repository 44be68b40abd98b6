import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify from 'fastify';
import type { Log } from '../tasks/log.ts';
import { answerProblem, registerErrors } from './plugins/errors.ts';
import { registerJsonBody } from './plugins/json-body.ts';
import { type FindCaller, registerPrincipal } from './plugins/principal.ts';
import { type AnswerCallbackRoute, registerAnswerCallback } from './routes/answer-callback.ts';
import { type CancelTaskRoute, registerCancelTask } from './routes/cancel-task.ts';
import { type CreateTaskRoute, registerCreateTask } from './routes/create-task.ts';
import { type CreateTasksRoute, registerCreateTasks } from './routes/create-tasks.ts';
import { registerGetHealth } from './routes/get-health.ts';
import { registerGetOpenapi } from './routes/get-openapi.ts';
import { type GetTaskRoute, registerGetTask } from './routes/get-task.ts';
import { type ListTaskEventsRoute, registerListTaskEvents } from './routes/list-task-events.ts';
import { type ListTasksRoute, registerListTasks } from './routes/list-tasks.ts';
import { type RedriveTaskRoute, registerRedriveTask } from './routes/redrive-task.ts';
import type { App } from './typed-app.ts';

export interface AppDependencies
	extends CreateTaskRoute,
		CreateTasksRoute,
		GetTaskRoute,
		ListTasksRoute,
		CancelTaskRoute,
		RedriveTaskRoute,
		ListTaskEventsRoute {
	readonly findCaller: FindCaller;
	readonly openapi: () => Promise<object>;
	readonly version: string;
	readonly log: Log;
}

const LARGEST_BODY_BYTES = 5 * 1024 * 1024;

/** The whole API. */
export function createApp(dependencies: AppDependencies): App {
	const app = newApp(dependencies.log);
	registerApi(app, dependencies);
	return app;
}

/** The API of the `callbacks` function, which alone can resume an execution. */
export function createCallbacksApp(dependencies: AnswerCallbackRoute): App {
	const app = newApp(dependencies.log);
	registerErrors(app, dependencies.log);
	registerPrincipal(app, () => undefined);
	registerJsonBody(app);

	registerAnswerCallback(app, dependencies);
	return app;
}

function newApp(log: Log): App {
	return fastify({
		bodyLimit: LARGEST_BODY_BYTES,
		ajv: {
			customOptions: { allErrors: true, coerceTypes: false, removeAdditional: false, discriminator: true },
		},
		frameworkErrors: (error, request, reply) => {
			answerProblem(error, request, reply, log);
		},
	}).withTypeProvider<TypeBoxTypeProvider>();
}

/** Every route, one line each; the `access` in a route's own file says who may call it. */
export function registerApi(app: App, dependencies: AppDependencies): void {
	registerErrors(app, dependencies.log);
	registerPrincipal(app, dependencies.findCaller);
	registerJsonBody(app);

	registerCreateTask(app, dependencies);
	registerCreateTasks(app, dependencies);
	registerGetTask(app, dependencies);
	registerListTasks(app, dependencies);
	registerCancelTask(app, dependencies);
	registerRedriveTask(app, dependencies);
	registerListTaskEvents(app, dependencies);
	registerGetHealth(app, dependencies);
	registerGetOpenapi(app, dependencies);
}
