import type { AnswerCallbackOutcome } from './answer-callback.ts';
import type { ApprovalTokens, ApprovalWait } from './approval-token.ts';
import {
	type Answerer,
	type Callback,
	type CallbackAnswer,
	type CallbackId,
	type CallbackStore,
	isOfTask,
} from './callbacks.ts';

/** What an approval link leads to. */
export type Approval =
	/** The token is invalid. */
	| { readonly kind: 'unknown' }
	/** The task waits for the decision. */
	| { readonly kind: 'pending'; readonly callback: Callback }
	| { readonly kind: 'decided'; readonly callback: Callback; readonly answer: CallbackAnswer }
	/** The task no longer waits, or it waits again, for which there is another link. */
	| { readonly kind: 'expired' };

/** The decision of a person. */
export interface Decision {
	readonly status: CallbackAnswer['status'];
	readonly message?: string;
	/** The person and the way of the decision. */
	readonly by: Omit<Answerer, 'principal'>;
}

/** The result of a decision: whether it counts, and what the link leads to from now on. */
export interface DecisionOutcome {
	readonly kind: AnswerCallbackOutcome['kind'];
	readonly approval: Approval;
}

/** The ports that approvals need. */
export interface ApprovalDependencies {
	readonly tokens: Pick<ApprovalTokens, 'verify'>;
	readonly findCallback: CallbackStore['find'];
	/** Answers a callback if it still belongs to the wait; otherwise the outcome is `expired`. */
	readonly answerCallback: (
		id: CallbackId,
		answer: CallbackAnswer,
		isExpected: (callback: Callback) => boolean,
	) => Promise<AnswerCallbackOutcome>;
	readonly now: () => number;
}

/** Reads and decides approvals by their link. Anyone with the link may decide, once, while the task waits. */
export interface Approvals {
	readonly read: (token: string) => Promise<Approval>;
	readonly decide: (token: string, decision: Decision) => Promise<DecisionOutcome>;
}

/** Approvals over callbacks: the first answer to the callback counts, whichever way it arrives. */
export function createApprovals({
	tokens,
	findCallback,
	answerCallback,
	now,
}: ApprovalDependencies): Approvals {
	const readWait = async (wait: ApprovalWait): Promise<Approval> => {
		const callback = await findCallback(wait);
		if (callback === undefined || !isOfWait(callback, wait)) return { kind: 'expired' };
		const { answer, closedAtMs, deadlineAtMs } = callback;
		if (answer !== undefined) return { kind: 'decided', callback, answer };
		return closedAtMs !== undefined || deadlineAtMs <= now()
			? { kind: 'expired' }
			: { kind: 'pending', callback };
	};
	return {
		async read(token) {
			const wait = await tokens.verify(token);
			return wait === undefined ? { kind: 'unknown' } : readWait(wait);
		},
		async decide(token, { status, message, by }) {
			const wait = await tokens.verify(token);
			if (wait === undefined) return { kind: 'unknown', approval: { kind: 'unknown' } };
			const { principal } = wait;
			const answer: CallbackAnswer = {
				status,
				...(message === undefined ? {} : { message }),
				answeredBy: { principal, ...by },
				atMs: now(),
			};
			const { kind } = await answerCallback(wait, answer, (callback) => isOfWait(callback, wait));
			return { kind, approval: await readWait(wait) };
		},
	};
}

/** Whether the callback is at this very wait. After a redrive the same callback has another end. */
function isOfWait(callback: Callback, wait: ApprovalWait): boolean {
	const { deadlineAtMs, redriveCount = wait.redriveCount } = callback;
	return isOfTask(callback, wait) && deadlineAtMs === wait.expiresAtMs && redriveCount === wait.redriveCount;
}
