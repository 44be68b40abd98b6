import * as Type from 'typebox';
import { Answerer, type Callback, type CallbackId } from '../../tasks/callbacks.ts';
import {
	CallbackParams,
	requireCallbackToken,
	type VerifyCallbackToken,
} from '../callbacks/callback-access.ts';
import { ProblemError, problemResponses } from '../problems/problem.ts';
import { Time, time } from '../tasks/task-resource.ts';
import type { App } from '../typed-app.ts';

/** Dependencies of `GET /v1/callbacks/:callback_key`. */
export interface GetCallbackRoute {
	readonly findCallback: (id: CallbackId) => Promise<Callback | undefined>;
	readonly verifyCallbackToken: VerifyCallbackToken;
	readonly now: () => number;
}

const CallbackResource = Type.Object(
	{
		callback_key: Type.String({ examples: ['PROJ-123'] }),
		status: Type.Enum(['announced', 'waiting', 'answered', 'expired'], {
			description:
				'`announced`: the task does not wait yet, but an answer is already accepted. `expired`: the task is no longer waiting.',
		}),
		principal: Type.String({ description: 'The owner of the task.', examples: ['ada'] }),
		task_id: Type.String({ format: 'uuid' }),
		type: Type.Optional(Type.String({ examples: ['release'] })),
		data: Type.Optional(Type.Unknown({ description: 'The task’s `data`, or the beginning of its JSON.' })),
		data_truncated: Type.Optional(
			Type.Boolean({ description: '`true` if `data` was truncated to 4 KiB (no longer valid JSON).' }),
		),
		since: Type.String({ ...Time, description: 'When the task began to wait or reserved the key.' }),
		until: Type.String({ ...Time, description: 'The last moment at which an answer is accepted.' }),
		answer: Type.Optional(
			Type.Object(
				{
					status: Type.Enum(['success', 'failure']),
					message: Type.Optional(Type.String()),
					answered_by: Type.Object(Answerer.properties, {
						title: 'CallbackAnswerer',
						additionalProperties: false,
					}),
					answered_at: Time,
				},
				{ title: 'GivenCallbackAnswer', additionalProperties: false },
			),
		),
	},
	{ title: 'Callback', additionalProperties: false },
);

type CallbackResource = Type.Static<typeof CallbackResource>;

/** Registers `GET /v1/callbacks/:callback_key`. */
export function registerGetCallback(app: App, route: GetCallbackRoute): void {
	const { findCallback, verifyCallbackToken, now } = route;
	app.route({
		method: 'GET',
		url: '/v1/callbacks/:callback_key',
		config: { access: 'callback-token' },
		onRequest: requireCallbackToken(verifyCallbackToken),
		schema: {
			operationId: 'getCallback',
			summary: 'Read a callback',
			description: 'Shows the decision that a task asks for, before and after it is answered.',
			tags: ['callbacks'],
			security: [{ callbackToken: [] }],
			params: CallbackParams,
			response: {
				200: {
					description: 'The callback.',
					content: { 'application/json': { schema: CallbackResource } },
				},
				...problemResponses('unauthorized', 'not-found', 'validation'),
			},
		},
		async handler({ principal, params }) {
			const callback = await findCallback({ principal, callbackKey: params.callback_key });
			if (callback === undefined) throw new ProblemError('not-found', 'No task waits for this callback key.');
			return callbackResource(callback, now());
		},
	});
}

function callbackResource(callback: Callback, nowMs: number): CallbackResource {
	const { callbackKey, principal, taskId, request, sinceMs, deadlineAtMs, answer } = callback;
	return {
		callback_key: callbackKey,
		status: statusOf(callback, nowMs),
		principal,
		task_id: taskId,
		...(request === undefined ? {} : { type: request.type, data: request.data }),
		...(request?.isDataTruncated === true ? { data_truncated: true } : {}),
		since: time(sinceMs),
		until: time(deadlineAtMs),
		...(answer === undefined
			? {}
			: {
					answer: {
						status: answer.status,
						...(answer.message === undefined ? {} : { message: answer.message }),
						answered_by: answer.answeredBy,
						answered_at: time(answer.atMs),
					},
				}),
	};
}

function statusOf(
	{ token, answer, deliveredAtMs, closedAtMs, deadlineAtMs }: Callback,
	nowMs: number,
): CallbackResource['status'] {
	if (deliveredAtMs !== undefined) return 'answered';
	if (closedAtMs !== undefined) return 'expired';
	if (answer !== undefined) return 'answered';
	if (deadlineAtMs <= nowMs) return 'expired';
	return token === undefined ? 'announced' : 'waiting';
}
