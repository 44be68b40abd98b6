import * as Type from 'typebox';
import type { AnswerCallbackOutcome } from '../../tasks/answer-callback.ts';
import type { CallbackAnswer, CallbackId } from '../../tasks/callbacks.ts';
import type { Log } from '../../tasks/log.ts';
import {
	CallbackParams,
	callbackProblem,
	requireCallbackToken,
	rethrowOversizedOutput,
	type VerifyCallbackToken,
} from '../callbacks/callback-access.ts';
import { problemResponses } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';

/** Dependencies of `POST /v1/callbacks/:callback_key`. */
export interface AnswerCallbackRoute {
	readonly answerCallback: (id: CallbackId, answer: CallbackAnswer) => Promise<AnswerCallbackOutcome>;
	readonly verifyCallbackToken: VerifyCallbackToken;
	readonly now: () => number;
	readonly log: Log;
}

/** The response to an answer that was accepted. */
const AcceptedCallback = Type.Object(
	{ task_id: Type.String({ format: 'uuid' }) },
	{ title: 'AcceptedCallback', additionalProperties: false },
);

/** Registers `POST /v1/callbacks/:callback_key`. */
export function registerAnswerCallback(app: App, route: AnswerCallbackRoute): void {
	const { answerCallback, verifyCallbackToken, now, log } = route;
	app.route({
		method: 'POST',
		url: '/v1/callbacks/:callback_key',
		config: { access: 'callback-token' },
		onRequest: requireCallbackToken(verifyCallbackToken),
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
				...problemResponses(
					'malformed-json',
					'unauthorized',
					'not-found',
					'conflict',
					'gone',
					'payload-too-large',
					'unsupported-media-type',
					'validation',
				),
			},
		},
		async handler({ principal, params, body, id }) {
			const { callback_key } = params;
			const answer = { ...body, answeredBy: { principal }, atMs: now() };
			const outcome = await answerCallback({ principal, callbackKey: callback_key }, answer);
			log.info(`callback ${outcome.kind}`, {
				callback_key,
				status: body.status,
				answered_by: principal,
				request_id: id,
				...(outcome.kind === 'accepted' ? { task_id: outcome.taskId } : {}),
			});
			if (outcome.kind !== 'accepted') throw callbackProblem(outcome);
			return { task_id: outcome.taskId };
		},
	});
}
