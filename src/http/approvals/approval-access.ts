import type { FastifyReply, FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import type { Approval, Approvals } from '../../tasks/approvals.ts';
import { toProblem } from '../plugins/errors.ts';
import { type ProblemError, problemResponses } from '../problems/problem.ts';
import { PROBLEMS, type ProblemCode } from '../problems/problem-catalogue.ts';
import { messagePage, sendPage } from './approval-page.ts';

/** Dependencies of the routes of approval links. */
export interface ApprovalRoute {
	readonly approvals: Approvals;
	/** Returns the names in the declaration of a task type; empty if it lists none. */
	readonly findApprovers: (type: string) => Promise<readonly string[]>;
}

/** The query of an approval link. The token is no part of the path, because the access log contains paths. */
export const ApprovalQuery = Type.Object(
	{ token: Type.String({ description: 'The token in `waiting_for.approval_url`.' }) },
	{ additionalProperties: false },
);

/** Problems that a person can meet, as a sentence on a page. Every other problem has the form of the API. */
const PAGES: Readonly<Partial<Record<ProblemCode, string>>> = {
	'not-found': 'This link is invalid',
	validation: 'The form is incomplete',
	forbidden: 'The decision was not recorded',
	unavailable: 'Try again in a moment',
};

/** Error handler of the routes of approval links. @throws the error, for the app's own handler, if it has no page. */
export function sendErrorPage(error: Error, _request: FastifyRequest, reply: FastifyReply): void {
	const problem = toProblem(error);
	const title = PAGES[problem.code];
	if (title === undefined) throw error;
	const { retryAfterSeconds, faults = [] } = problem.options;
	if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
	const sentence = [problem.message, ...faults.map(faultText)].join(' ');
	void sendPage(reply, messagePage(PROBLEMS[problem.code].status, title, sentence));
}

function faultText({ loc, msg }: NonNullable<ProblemError['options']['faults']>[number]): string {
	return `${String(loc.at(-1))}: ${msg}.`;
}

const page = (description: string) => ({
	description,
	content: { 'text/html': { schema: Type.String({ title: 'ApprovalPage' }) } },
});

/** The responses of both routes. */
export const APPROVAL_RESPONSES = {
	...problemResponses('payload-too-large', 'unsupported-media-type'),
	200: page('The page: what is asked, or who decided.'),
	404: page('The token is invalid.'),
	410: page('The task no longer waits for this decision.'),
	422: page('A field is invalid.'),
	503: page('A service behind the API is temporarily unavailable.'),
};

/** The response to a form. */
export const DECISION_RESPONSES = {
	...APPROVAL_RESPONSES,
	403: page('The form was sent by another site.'),
	409: page('The task was decided before. The page shows the decision.'),
};

/** The approvers of the type that an approval is about. */
export async function approversOf(
	{ findApprovers }: ApprovalRoute,
	approval: Approval,
): Promise<readonly string[]> {
	const type = approval.kind === 'pending' ? approval.callback.request?.type : undefined;
	return type === undefined ? [] : findApprovers(type);
}
