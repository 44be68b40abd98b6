import * as Type from 'typebox';
import type { AnswerCallbackOutcome } from '../../tasks/answer-callback.ts';
import type { CallbackAnswer } from '../../tasks/callback.ts';
import type { Log } from '../../tasks/log.ts';
import { ProblemError, problemResponses } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';

export interface AnswerCallbackRoute {
	readonly answerCallback: (callbackKey: string, answer: CallbackAnswer) => Promise<AnswerCallbackOutcome>;
	/** Whether the `Authorization` header carries the callback secret. */
	readonly holdsSecret: (authorization: string | undefined) => Promise<boolean>;
	readonly now: () => number;
	readonly log: Log;
}

export function registerAnswerCallback(app: App, route: AnswerCallbackRoute): void {
	const { answerCallback, holdsSecret, now, log } = route;
	app.route({
		method: 'POST',
		url: '/v1/callbacks/:callback_key',
		config: { access: 'callback-secret' },
		// Before anything of the request is looked at, so that a stranger learns nothing, of keys or of schemas.
		onRequest: async (request) => {
			if (!(await holdsSecret(request.headers.authorization)))
				throw new ProblemError('unauthorized', 'This needs the callback secret as a bearer token.');
		},
		schema: {
			operationId: 'answerCallback',
			summary: 'Answer a task that waits',
			description:
				'Resumes the task whose `waiting_for.callback_key` this is. An answer counts once; one that comes before the task waits is kept for it.',
			tags: ['callbacks'],
			security: [{ callbackSecret: [] }],
			params: Type.Object({
				callback_key: Type.String({
					pattern: '^[A-Za-z0-9_.:-]{1,128}$',
					description: '`waiting_for.callback_key` of the task.',
					examples: ['PROJ-123'],
				}),
			}),
			body: Type.Object(
				{
					status: Type.Enum(['success', 'failure']),
					message: Type.Optional(Type.String({ maxLength: 4000, examples: ['Looks good.'] })),
					output: Type.Optional(Type.Unknown({ description: 'Handed on to the workflow.' })),
				},
				{ title: 'CallbackAnswer', additionalProperties: false },
			),
			response: {
				200: {
					description: 'The answer is taken.',
					content: {
						'application/json': {
							schema: Type.Object(
								{ task_id: Type.String({ format: 'uuid' }) },
								{ additionalProperties: false },
							),
						},
					},
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
		async handler(request) {
			const { callback_key } = request.params;
			const outcome = await answerCallback(callback_key, { ...request.body, atMs: now() });
			const { status } = request.body;
			log.info(`callback ${outcome.kind}`, {
				callback_key,
				status,
				request_id: request.id,
				...(outcome.kind === 'taken' ? { task_id: outcome.taskId } : {}),
			});
			switch (outcome.kind) {
				case 'taken':
					return { task_id: outcome.taskId };
				case 'unknown':
					throw new ProblemError('not-found', 'No task waits for this key.');
				case 'used':
					throw new ProblemError('conflict', 'The callback was answered already.');
				case 'late':
					throw new ProblemError('gone', 'The task waits no more.');
			}
		},
	});
}
