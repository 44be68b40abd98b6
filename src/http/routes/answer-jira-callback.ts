import * as Type from 'typebox';
import {
	ANSWER_PROBLEMS,
	type AnswerRoute,
	answerOrThrow,
	requireCallbackToken,
} from '../callbacks/callback-access.ts';
import { type JiraStatuses, JiraWebhook, jiraAnswer } from '../callbacks/jira-webhook.ts';
import type { App } from '../typed-app.ts';

/** Dependencies of `POST /v1/callbacks/jira`. */
export interface AnswerJiraCallbackRoute extends AnswerRoute {
	readonly jiraStatuses: JiraStatuses;
}

const JiraCallbackResult = Type.Object(
	{
		task_id: Type.Optional(
			Type.String({ format: 'uuid', description: 'The task that received the answer.' }),
		),
		ignored: Type.Optional(
			Type.String({
				description: 'The reason why the webhook did not answer a callback.',
				examples: ['The issue status "In Progress" neither approves nor rejects.'],
			}),
		),
	},
	{ title: 'JiraCallbackResult', additionalProperties: false },
);

/** Registers `POST /v1/callbacks/jira`. */
export function registerAnswerJiraCallback(app: App, route: AnswerJiraCallbackRoute): void {
	app.route({
		method: 'POST',
		url: '/v1/callbacks/jira',
		config: { access: 'callback-token' },
		onRequest: requireCallbackToken(route.verifyCallbackToken),
		schema: {
			operationId: 'answerJiraCallback',
			summary: 'Answer a callback by a Jira webhook',
			description:
				'Accepts the body that Jira sends when an issue changes. The issue’s key is the callback key. A status such as Done or Approved is a success, Rejected, Declined or Cancelled a failure; any other status is ignored, so that the webhook can be sent for every change. The comment becomes the message.',
			tags: ['callbacks'],
			security: [{ callbackToken: [] }],
			body: JiraWebhook,
			response: {
				200: {
					description: 'Callback accepted, or the webhook was ignored.',
					content: { 'application/json': { schema: JiraCallbackResult } },
				},
				...ANSWER_PROBLEMS,
			},
		},
		async handler({ principal, body, id }) {
			const callbackKey = body.issue.key;
			const answer = jiraAnswer(body, route.jiraStatuses, { principal, atMs: route.now() });
			if (answer !== undefined) return answerOrThrow(route, { principal, callbackKey }, answer, id);
			const status = body.issue.fields?.status?.name ?? '';
			route.log.info('callback ignored', {
				callback_key: callbackKey,
				answered_by: principal,
				request_id: id,
			});
			return { ignored: `The issue status "${status}" neither approves nor rejects.` };
		},
	});
}
