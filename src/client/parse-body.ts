import type * as Api from './api-types.ts';
import { TaskApiError } from './task-api-error.ts';
import type { Task, TaskOf } from './task-types.ts';
import type { ApiResponse } from './transport.ts';

/**
 * Returns the body of a response once its guard accepts it.
 *
 * @throws {@link TaskApiError} `unexpected-response`.
 */
export function parseBody<Body>(
	{ status, body, attempts }: ApiResponse,
	guard: (body: unknown) => body is Body,
): Body {
	if (guard(body)) return body;
	throw new TaskApiError({
		status,
		code: 'unexpected-response',
		detail: 'The response does not have the expected members. Does baseUrl lead to the API?',
		attempts,
	});
}

/** Whether a body is a task. */
export function isTask(body: unknown): body is Task {
	return isObject(body) && isText(body['task_id']) && isText(body['type']) && isText(body['status']);
}

/** Returns a guard for a task of this type. */
export function isTaskOf<Type extends string>(type: Type): (body: unknown) => body is TaskOf<Type> {
	return (body): body is TaskOf<Type> => isTask(body) && body.type === type;
}

/** Whether a body is a page of tasks. */
export function isTaskList(body: unknown): body is Api.TaskList {
	return isObject(body) && isArrayOf(body['tasks'], isTask);
}

/** Whether a body is the outcome of a batch. */
export function isTaskBatchResults(body: unknown): body is Api.TaskBatchResults {
	return isObject(body) && isArrayOf(body['results'], isObject);
}

/** Whether a body is a page of events. */
export function isTaskEvents(body: unknown): body is Api.TaskEvents {
	return isObject(body) && isArrayOf(body['events'], isObject);
}

/** Whether a body lists task types. */
export function isTaskTypes(body: unknown): body is Api.TaskTypes {
	return isObject(body) && isArrayOf(body['types'], isObject);
}

/** Whether a body is a callback. */
export function isCallback(body: unknown): body is Api.Callback {
	return isObject(body) && isText(body['callback_key']) && isText(body['task_id']);
}

/** Whether a body confirms an answer to a callback. */
export function isAcceptedCallback(body: unknown): body is Api.AcceptedCallback {
	return isObject(body) && isText(body['task_id']);
}

/** Whether a body is a callback token. */
export function isCallbackToken(body: unknown): body is Api.CallbackToken {
	return isObject(body) && isText(body['token']);
}

/** Whether a body is the health of the service. */
export function isHealth(body: unknown): body is Api.Health {
	return isObject(body) && isText(body['status']) && isText(body['version']);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null;
}

function isText(value: unknown): value is string {
	return typeof value === 'string';
}

function isArrayOf<Item>(value: unknown, guard: (item: unknown) => item is Item): value is Item[] {
	return Array.isArray(value) && value.every(guard);
}
