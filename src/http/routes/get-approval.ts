import {
	APPROVAL_RESPONSES,
	ApprovalQuery,
	type ApprovalRoute,
	approversOf,
	sendErrorPage,
} from '../approvals/approval-access.ts';
import { approvalPage, sendPage } from '../approvals/approval-page.ts';
import type { App } from '../typed-app.ts';

/** Registers `GET /v1/approvals`. */
export function registerGetApproval(app: App, route: ApprovalRoute): void {
	app.route({
		method: 'GET',
		url: '/v1/approvals',
		config: { access: 'approval-token', mediaType: 'text/html' },
		errorHandler: sendErrorPage,
		schema: {
			operationId: 'getApproval',
			summary: 'Show what a person is asked to approve',
			description:
				'The page at `waiting_for.approval_url`. It works without JavaScript. Reading it changes nothing, so that link scanners do no harm.',
			tags: ['callbacks'],
			security: [],
			querystring: ApprovalQuery,
			response: APPROVAL_RESPONSES,
		},
		async handler({ query }, reply) {
			const approval = await route.approvals.read(query.token);
			return sendPage(reply, approvalPage(approval, { approvers: await approversOf(route, approval) }));
		},
	});
}
