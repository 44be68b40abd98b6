import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyRequest } from 'fastify';
import type { DeliveryStore } from '../tasks/deliveries.ts';
import type { Log } from '../tasks/log.ts';
import type { ScheduleManager } from '../tasks/manage-schedules.ts';
import type { WebhookManager } from '../tasks/manage-webhooks.ts';
import type { BuildValidator } from './built-validators.ts';
import type { AnswerRoute } from './callbacks/callback-access.ts';
import type { ReadDocument } from './documents/document.ts';
import type { Cursors } from './lists/cursors.ts';
import { registerAddress, withoutBasePath } from './plugins/address.ts';
import { registerErrors, sendError } from './plugins/errors.ts';
import { registerNegotiation } from './plugins/negotiation.ts';
import { type FindCaller, registerPrincipal, type Scope } from './plugins/principal.ts';
import { registerFormBody, registerJsonBody } from './plugins/request-body.ts';
import { registerSecurityHeaders, setSecurityHeaders } from './plugins/security-headers.ts';
import { registerUnmatchedRoutes } from './plugins/unmatched-routes.ts';
import { registerAnswerCallback } from './routes/answer-callback.ts';
import { type AnswerJiraCallbackRoute, registerAnswerJiraCallback } from './routes/answer-jira-callback.ts';
import { type CancelTaskRoute, registerCancelTask } from './routes/cancel-task.ts';
import {
	type CreateCallbackTokenRoute,
	registerCreateCallbackToken,
} from './routes/create-callback-token.ts';
import { type CreateScheduleRoute, registerCreateSchedule } from './routes/create-schedule.ts';
import { type CreateTaskRoute, registerCreateTask } from './routes/create-task.ts';
import { type CreateTasksRoute, registerCreateTasks } from './routes/create-tasks.ts';
import { registerCreateWebhook } from './routes/create-webhook.ts';
import { type DecideApprovalRoute, registerDecideApproval } from './routes/decide-approval.ts';
import { registerDeleteSchedule } from './routes/delete-schedule.ts';
import { registerDeleteWebhook } from './routes/delete-webhook.ts';
import { registerGetApproval } from './routes/get-approval.ts';
import { type GetCallbackRoute, registerGetCallback } from './routes/get-callback.ts';
import { type GetConsoleRoute, registerGetConsole } from './routes/get-console.ts';
import { type GetDocsRoute, registerGetDocs } from './routes/get-docs.ts';
import { registerGetHealth } from './routes/get-health.ts';
import { registerGetOpenapi } from './routes/get-openapi.ts';
import { type GetResultRoute, registerGetResult } from './routes/get-result.ts';
import { registerGetSchedule } from './routes/get-schedule.ts';
import { type GetTaskRoute, registerGetTask } from './routes/get-task.ts';
import { registerGetType } from './routes/get-type.ts';
import { registerGetWebhook } from './routes/get-webhook.ts';
import { type GetWebhookSecretRoute, registerGetWebhookSecret } from './routes/get-webhook-secret.ts';
import { type ListScheduleTasksRoute, registerListScheduleTasks } from './routes/list-schedule-tasks.ts';
import { registerListSchedules } from './routes/list-schedules.ts';
import { type ListTaskDeliveriesRoute, registerListTaskDeliveries } from './routes/list-task-deliveries.ts';
import { type ListTaskEventsRoute, registerListTaskEvents } from './routes/list-task-events.ts';
import { type ListTasksRoute, registerListTasks } from './routes/list-tasks.ts';
import { registerListTypes } from './routes/list-types.ts';
import { registerListWebhookDeliveries } from './routes/list-webhook-deliveries.ts';
import { registerListWebhooks } from './routes/list-webhooks.ts';
import { registerPauseSchedule } from './routes/pause-schedule.ts';
import { type RedriveTaskRoute, registerRedriveTask } from './routes/redrive-task.ts';
import { registerReplayDelivery } from './routes/replay-delivery.ts';
import { type RerunTaskRoute, registerRerunTask } from './routes/rerun-task.ts';
import { registerResumeSchedule } from './routes/resume-schedule.ts';
import { registerRotateWebhookSecret } from './routes/rotate-webhook-secret.ts';
import { registerTestWebhook, type TestWebhookRoute } from './routes/test-webhook.ts';
import { registerUpdateSchedule } from './routes/update-schedule.ts';
import { registerUpdateWebhook } from './routes/update-webhook.ts';
import type { App } from './typed-app.ts';
import type { FindUrlFault } from './webhooks/webhook-members.ts';

/** Dependencies of the plugins that surround every route. */
export interface Edges {
	readonly findCaller: FindCaller;
	/** Names of our scopes in the tokens of the stage. Default: the same names. */
	readonly scopeNames?: Readonly<Record<Scope, string>>;
	/** Returns the base path that the gateway removed from the URL of a request. Default: none. */
	readonly mappedPath?: (request: FastifyRequest) => string;
	/** Finds validators compiled by the build. Default: Fastify compiles them at start. */
	readonly buildValidator?: BuildValidator | undefined;
	readonly log: Log;
}

/** Dependencies of the API without its callbacks. */
export interface AppDependencies
	extends Edges,
		CreateTaskRoute,
		CreateTasksRoute,
		GetTaskRoute,
		ListTasksRoute,
		CancelTaskRoute,
		RedriveTaskRoute,
		RerunTaskRoute,
		GetResultRoute,
		ListTaskEventsRoute {
	readonly readDocument: ReadDocument;
	readonly version: string;
	readonly now: () => number;
	readonly log: Log;
}

const MAX_BODY_BYTES = 5 * 1024 * 1024;

/** Creates the API without its callbacks. */
export function createApp(dependencies: AppDependencies): App {
	const app = newApp(dependencies);
	registerApi(app, dependencies);
	return app;
}

/** Dependencies of the app of the `callbacks` function. */
export interface CallbacksAppDependencies
	extends Edges,
		AnswerRoute,
		AnswerJiraCallbackRoute,
		GetCallbackRoute,
		DecideApprovalRoute,
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
	registerFormBody(app);
	registerAnswerCallback(app, dependencies);
	registerAnswerJiraCallback(app, dependencies);
	registerGetCallback(app, dependencies);
	registerCreateCallbackToken(app, dependencies);
	registerGetApproval(app, dependencies);
	registerDecideApproval(app, dependencies);
}

/** Dependencies of the app of the `webhooks` function. */
export interface WebhooksAppDependencies extends Edges, GetWebhookSecretRoute {
	readonly acceptanceLimit: TestWebhookRoute['acceptanceLimit'];
	readonly now: () => number;
	readonly webhooks: WebhookManager;
	readonly deliveries: Pick<DeliveryStore, 'listOfWebhook' | 'listOfTask'>;
	readonly getTask: ListTaskDeliveriesRoute['getTask'];
	readonly cursors: Cursors;
	readonly findUrlFault: FindUrlFault;
}

/** The app of the `webhooks` function, the only one with HTTP routes that knows the secrets of webhooks. */
export function createWebhooksApp(dependencies: WebhooksAppDependencies): App {
	const app = newApp(dependencies);
	registerEdges(app, dependencies);
	registerWebhooks(app, dependencies);
	return app;
}

/** Registers the routes of the `webhooks` function. */
export function registerWebhooks(app: App, dependencies: WebhooksAppDependencies): void {
	registerCreateWebhook(app, dependencies);
	registerListWebhooks(app, dependencies);
	registerGetWebhook(app, dependencies);
	registerUpdateWebhook(app, dependencies);
	registerDeleteWebhook(app, dependencies);
	registerRotateWebhookSecret(app, dependencies);
	registerTestWebhook(app, dependencies);
	registerListWebhookDeliveries(app, dependencies);
	registerListTaskDeliveries(app, dependencies);
	registerReplayDelivery(app, dependencies);
	registerGetWebhookSecret(app, dependencies);
}

/** Dependencies of the app of the `schedules` function. */
export interface SchedulesAppDependencies
	extends Edges,
		Omit<CreateScheduleRoute, 'schedules'>,
		Omit<ListScheduleTasksRoute, 'schedules'> {
	readonly schedules: ScheduleManager;
}

/** The app of the `schedules` function, the only one that can write entries of EventBridge Scheduler. */
export function createSchedulesApp(dependencies: SchedulesAppDependencies): App {
	const app = newApp(dependencies);
	registerEdges(app, dependencies);
	registerSchedules(app, dependencies);
	return app;
}

/** Registers the routes of the `schedules` function. */
export function registerSchedules(app: App, dependencies: SchedulesAppDependencies): void {
	registerCreateSchedule(app, dependencies);
	registerListSchedules(app, dependencies);
	registerGetSchedule(app, dependencies);
	registerUpdateSchedule(app, dependencies);
	registerPauseSchedule(app, dependencies);
	registerResumeSchedule(app, dependencies);
	registerDeleteSchedule(app, dependencies);
	registerListScheduleTasks(app, dependencies);
}

/** Dependencies of the app of the `docs` function. */
export interface DocsAppDependencies extends Edges, GetDocsRoute {}

/** The app of the `docs` function, which keeps the assets of the API reference out of the package of `api`. */
export function createDocsApp(dependencies: DocsAppDependencies): App {
	const app = newApp(dependencies);
	registerEdges(app, dependencies);
	registerDocs(app, dependencies);
	return app;
}

/** Registers the routes of the `docs` function. */
export function registerDocs(app: App, dependencies: DocsAppDependencies): void {
	registerGetDocs(app, dependencies);
}

/** Dependencies of the app of the `console` function. */
export interface ConsoleAppDependencies extends Edges, GetConsoleRoute {}

/** The app of the `console` function, which `npm start` serves too. */
export function createConsoleApp(dependencies: ConsoleAppDependencies): App {
	const app = newApp(dependencies);
	registerEdges(app, dependencies);
	registerGetConsole(app, dependencies);
	return app;
}

/** Registers every route of the API; `config.access` in the file of a route says who may call it. */
export function registerApi(app: App, dependencies: AppDependencies): void {
	registerEdges(app, dependencies);

	registerCreateTask(app, dependencies);
	registerCreateTasks(app, dependencies);
	registerGetTask(app, dependencies);
	registerListTasks(app, dependencies);
	registerCancelTask(app, dependencies);
	registerRedriveTask(app, dependencies);
	registerRerunTask(app, dependencies);
	registerGetResult(app, dependencies);
	registerListTaskEvents(app, dependencies);
	registerListTypes(app, dependencies);
	registerGetType(app, dependencies);
	registerGetHealth(app, dependencies);
	registerGetOpenapi(app, dependencies);
}

function registerEdges(app: App, { findCaller, scopeNames, mappedPath = () => '', log }: Edges): void {
	registerSecurityHeaders(app);
	registerErrors(app, log);
	registerAddress(app, mappedPath);
	registerUnmatchedRoutes(app);
	registerPrincipal(app, findCaller, scopeNames);
	registerJsonBody(app, MAX_BODY_BYTES);
	registerNegotiation(app);
}

function newApp({ buildValidator, log }: Omit<Edges, 'findCaller'>): App {
	return fastify({
		bodyLimit: MAX_BODY_BYTES,
		ajv: {
			customOptions: {
				allErrors: true,
				coerceTypes: false,
				removeAdditional: false,
				discriminator: true,
				// The tests of the OpenAPI document validate the schemas.
				validateSchema: false,
			},
		},
		schemaController: {
			compilersFactory: {
				...(buildValidator === undefined ? {} : { buildValidator }),
				// Compiling serializers costs a cold start more than they save.
				buildSerializer: () => () => JSON.stringify,
			},
		},
		rewriteUrl: ({ url = '/' }) => withoutBasePath(url),
		frameworkErrors: (error, request, reply) => {
			setSecurityHeaders(reply);
			sendError(error, request, reply, log);
		},
	}).withTypeProvider<TypeBoxTypeProvider>();
}
