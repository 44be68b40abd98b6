import { type SlackMessage, slackBody } from './slack-body.ts';
import { retryAfterSeconds } from './slack-retry-after.ts';

/** Slack is down, hangs or fails: a later attempt may find it well. */
export class SlackUnavailableError extends Error {
	override readonly name = 'SlackUnavailableError';
	readonly code = 'slack-unavailable';
}

/** Slack refuses the message or the webhook, which the same attempt later would meet again. */
export class SlackRefusedError extends Error {
	override readonly name = 'SlackRefusedError';
	readonly code = 'slack-refused';
}

/** What became of a message that Slack had an answer for. */
export type SlackOutcome =
	| { readonly outcome: 'sent' }
	/** Nothing was sent; Slack asks to be left alone for so long. */
	| { readonly outcome: 'rate-limited'; readonly retryAfterSeconds: number };

export interface SlackDependencies {
	/** The webhook's URL, which is a secret; `fresh` after Slack refused the one at hand. */
	readonly webhookUrl: (options?: { readonly fresh: boolean }) => Promise<string>;
	readonly now: () => number;
	/** For how long one attempt may hang; 5 s where it is not said. */
	readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5000;

/** What Slack answers once a webhook was revoked or rotated. */
const REVOKED = new Set([401, 403, 404, 410]);

/**
 * Posts to a Slack webhook. A revoked webhook is read again once, so that a rotation needs no deploy.
 * Throws {@link SlackUnavailableError} and {@link SlackRefusedError}; neither holds the webhook's URL nor what Slack answered.
 */
export function createSlack({ webhookUrl, now, timeoutMs = TIMEOUT_MS }: SlackDependencies) {
	return async (message: SlackMessage): Promise<SlackOutcome> => {
		const body = slackBody(message);
		let response = await post(await webhookUrl(), body, timeoutMs);
		if (response === undefined || REVOKED.has(response.status))
			response = await post(await webhookUrl({ fresh: true }), body, timeoutMs);
		if (response === undefined) throw new SlackRefusedError('The secret holds no URL of a Slack webhook.');
		const { status, headers } = response;
		if (response.ok) return { outcome: 'sent' };
		if (status === 429)
			return {
				outcome: 'rate-limited',
				retryAfterSeconds: retryAfterSeconds(headers.get('retry-after'), now()),
			};
		if (status >= 500 || status === 408) throw new SlackUnavailableError(`Slack answered ${status}.`);
		throw new SlackRefusedError(`Slack answered ${status}.`);
	};
}

/** Slack's answer without its body, or undefined where the URL is none. */
async function post(url: string, body: string, timeoutMs: number): Promise<Response | undefined> {
	if (!URL.canParse(url)) return undefined;
	try {
		const response = await fetch(url, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body,
			signal: AbortSignal.timeout(timeoutMs),
			redirect: 'manual',
		});
		await response.body?.cancel();
		return response;
	} catch (error) {
		// The error itself stays here: it may hold the URL.
		throw new SlackUnavailableError(
			error instanceof Error && error.name === 'TimeoutError'
				? `Slack did not answer within ${timeoutMs} ms.`
				: 'Slack cannot be reached.',
		);
	}
}
