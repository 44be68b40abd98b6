import type { FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import type { Log } from '../../tasks/log.ts';
import {
	ApprovalQuery,
	type ApprovalRoute,
	approversOf,
	DECISION_RESPONSES,
	sendErrorPage,
} from '../approvals/approval-access.ts';
import {
	approvalPage,
	MAX_COMMENT_CHARACTERS,
	MAX_NAME_CHARACTERS,
	sendPage,
} from '../approvals/approval-page.ts';
import { ProblemError } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';

/** Dependencies of `POST /v1/approvals`. */
export interface DecideApprovalRoute extends ApprovalRoute {
	readonly log: Log;
}

/** A form with the longest comment in three-byte characters, percent-encoded, has 10 KB. */
const MAX_FORM_BYTES = 16 * 1024;

const DecisionForm = Type.Object(
	{
		decision: Type.Enum(['approve', 'reject']),
		comment: Type.Optional(Type.String({ maxLength: MAX_COMMENT_CHARACTERS })),
		name: Type.Optional(
			Type.String({
				maxLength: MAX_NAME_CHARACTERS,
				description: 'The person who decides. One of the approvers if the task type lists them.',
			}),
		),
	},
	{ title: 'ApprovalForm', additionalProperties: false },
);

/** Registers `POST /v1/approvals`. */
export function registerDecideApproval(app: App, route: DecideApprovalRoute): void {
	const { approvals, log } = route;
	app.route({
		method: 'POST',
		url: '/v1/approvals',
		config: { access: 'approval-token', mediaType: 'text/html', form: true },
		bodyLimit: MAX_FORM_BYTES,
		errorHandler: sendErrorPage,
		onRequest: rejectCrossSite,
		schema: {
			operationId: 'decideApproval',
			summary: 'Approve or reject',
			description:
				'Sent by the form of the page. The first decision counts; the response redirects to the page, which then says who decided. The name, the time, the IP address and the comment are recorded in the result of the waiting state.',
			tags: ['callbacks'],
			security: [],
			consumes: ['application/x-www-form-urlencoded'],
			querystring: ApprovalQuery,
			body: DecisionForm,
			response: {
				...DECISION_RESPONSES,
				303: {
					description: 'The decision counts.',
					headers: { location: { type: 'string', description: 'The page.' } },
					type: 'null',
				},
			},
		},
		async handler({ query: { token }, body, ip, id, basePath }, reply) {
			const { decision } = body;
			const comment = body.comment?.trim() ?? '';
			const name = body.name?.trim() ?? '';
			const approvers = await approversOf(route, await approvals.read(token));
			if (approvers.length > 0 && !approvers.includes(name))
				throw new ProblemError('validation', 'Choose your name.');
			const { kind, approval } = await approvals.decide(token, {
				status: decision === 'approve' ? 'success' : 'failure',
				...(comment === '' ? {} : { message: comment }),
				by: { ...(name === '' ? {} : { name }), via: 'approval-page', address: ip },
			});
			const { callbackKey, taskId } = 'callback' in approval ? approval.callback : {};
			log.info(`approval ${kind}`, {
				decision,
				task_id: taskId,
				callback_key: callbackKey,
				address: ip,
				request_id: id,
			});
			if (kind === 'accepted') return reply.redirect(`${basePath}/v1/approvals?token=${token}`, 303);
			const notice = 'Your decision was not recorded, because the task had already been decided.';
			return sendPage(reply, approvalPage(approval, { approvers: [], notice, status: 409 }));
		},
	});
}

/**
 * Refuses a form of another site. Browsers say where a form comes from in `Sec-Fetch-Site`; older ones only in `Origin`, which
 * is `null` for a page without referrer.
 * @throws {@link ProblemError} `forbidden`.
 */
async function rejectCrossSite({ headers, host }: FastifyRequest): Promise<void> {
	const { 'sec-fetch-site': site, origin } = headers;
	const isOwn =
		site === undefined
			? origin === undefined || origin === 'null' || originHost(origin) === host
			: site === 'same-origin';
	if (!isOwn) throw new ProblemError('forbidden', 'Open the link itself and decide there.');
}

function originHost(origin: string): string | undefined {
	return URL.canParse(origin) ? new URL(origin).host : undefined;
}
