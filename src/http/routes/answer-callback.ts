import * as Type from 'typebox';
import {
	ANSWER_PROBLEMS,
	type AnswerRoute,
	answerOrThrow,
	CallbackParams,
	requireCallbackToken,
	rethrowOversizedOutput,
} from '../callbacks/callback-access.ts';
import type { App } from '../typed-app.ts';

/** The response to an answer that was accepted. */
const AcceptedCallback = Type.Object(
	{ task_id: Type.String({ format: 'uuid' }) },
	{ title: 'AcceptedCallback', additionalProperties: false },
);

/** Registers `POST /v1/callbacks/:callback_key`. */
export function registerAnswerCallback(app: App, route: AnswerRoute): void {
	app.route({
		method: 'POST',
		url: '/v1/callbacks/:callback_key',
		config: { access: 'callback-token' },
		onRequest: requireCallbackToken(route.verifyCallbackToken),
		errorHandler: rethrowOversizedOutput,
		schema: {
			operationId: 'answerCallback',
			summary: 'Answer a callback',
			description:
				'Resumes the task of the principal whose `waiting_for.callback_key` this is. A callback accepts one answer; an answer that arrives before the task waits is stored for it. The limit of `output` is 200 KiB of JSON.',
			tags: ['callbacks'],
			security: [{ callbackToken: [] }],
			params: CallbackParams,
			body: Type.Object(
				{
					status: Type.Enum(['success', 'failure']),
					message: Type.Optional(
						Type.String({
							maxLength: 4000,
							description: 'On `failure` the message of the task’s error, unchanged.',
							examples: ['Looks good.'],
						}),
					),
					output: Type.Optional(Type.Unknown({ description: 'Any JSON, passed to the workflow.' })),
				},
				{ title: 'CallbackAnswer', additionalProperties: false },
			),
			response: {
				200: {
					description: 'Callback accepted.',
					content: { 'application/json': { schema: AcceptedCallback } },
				},
				...ANSWER_PROBLEMS,
			},
		},
		async handler({ principal, params, body, id }) {
			const { callback_key } = params;
			const answer = { ...body, answeredBy: { principal }, atMs: route.now() };
			return answerOrThrow(route, { principal, callbackKey: callback_key }, answer, id);
		},
	});
}
