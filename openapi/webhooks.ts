import { WebhookBody } from '../src/http/webhooks/webhook-body.ts';
import type { ApiDocument, Operation } from './api-document.ts';

type JsonObject = { readonly [member: string]: unknown };

/** The path under which the request to a receiver is generated, before it moves to `webhooks`. */
const PLACE = '/task-event';

const CREATE = '/v1/tasks';

const HEADERS = {
	'webhook-id':
		'The id of the delivery, the same for each attempt and replay: ignore an id that was handled already.',
	'webhook-timestamp':
		'The time of the attempt, in seconds since the epoch. Refuse one that is older than 5 minutes.',
	'webhook-signature':
		'Signatures of Standard Webhooks (`v1`), separated by spaces: one for each valid secret. Verify the body as it arrived.',
};

const TASK_EVENT = {
	operationId: 'taskEvent',
	summary: 'An event of a task',
	description:
		'Sent to each webhook of a task when it ends or begins to wait for a callback. Any 2xx status within 15 seconds is success, every other status a failure, redirects included. Failed attempts are repeated after 5 s, 30 s, 2 min, 10 min, 1 h, 3 h, 6 h and 12 h, or later if `Retry-After` says so; 410 disables the webhook. Deliveries can arrive twice and in any order.',
	tags: ['webhooks'],
	security: [],
	parameters: Object.entries(HEADERS).map(([name, description]) => ({
		name,
		in: 'header',
		required: true,
		description,
		schema: { type: 'string' },
	})),
	requestBody: { required: true, content: { 'application/json': { schema: WebhookBody } } },
	responses: {
		'2XX': { description: 'The event is accepted. The body is ignored.' },
		'410': { description: 'The receiver is gone: its webhook is disabled.' },
	},
};

/** Adds the request to receivers to the paths, so that its schemas are named like all others. */
export function withTaskEvent(document: JsonObject): JsonObject {
	const taskEvent: unknown = JSON.parse(JSON.stringify(TASK_EVENT));
	return { ...document, paths: { ...Object(document['paths']), [PLACE]: { post: taskEvent } } };
}

/** Moves the request to receivers from the paths to `webhooks`, and to the `callbacks` of creating a task. */
export function withWebhooks(document: ApiDocument): ApiDocument {
	const { [PLACE]: item, ...paths } = document.paths;
	const { [CREATE]: create, ...others } = paths;
	if (item?.['post'] === undefined || create?.['post'] === undefined)
		throw new Error('The document lacks the event of a task.');
	const { post } = item;
	const parameters = post.parameters?.filter((parameter) => 'name' in parameter) ?? [];
	const request = (operationId: string): Operation => ({ ...post, operationId, parameters });
	const callbacks = { taskEvent: { '{$request.body#/webhook/url}': { post: request('taskEventAtUrl') } } };
	const withCallbacks = { ...create, post: { ...create['post'], callbacks } };
	return {
		...document,
		paths: { [CREATE]: withCallbacks, ...others },
		webhooks: { taskEvent: { post: request('taskEvent') } },
	};
}
