/** Slack did not take the message. `retryAfterSeconds` is there where Slack named it (429). */
export class SlackError extends Error {
	override readonly name = 'SlackError';
	readonly code = 'slack';
	readonly retryAfterSeconds: number | undefined;

	constructor(message: string, retryAfterSeconds?: number, options?: ErrorOptions) {
		super(message, options);
		this.retryAfterSeconds = retryAfterSeconds;
	}
}

export interface SlackMessage {
	/** Shown where blocks cannot be, in notifications for one. */
	readonly text: string;
	/** Block Kit. */
	readonly blocks?: readonly unknown[];
}

export interface SlackDependencies {
	/** The webhook's URL, which is a secret; `fresh` after Slack refused the one at hand. */
	readonly webhookUrl: (options?: { readonly fresh: boolean }) => Promise<string>;
	readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5000;

/** What Slack answers once a webhook was revoked or rotated. */
const REVOKED = new Set([401, 403, 404, 410]);

/** Posts to a Slack webhook. A revoked webhook is read again once, so that a rotation needs no deploy. */
export function createSlack({ webhookUrl, timeoutMs = TIMEOUT_MS }: SlackDependencies) {
	const post = async (url: string, message: SlackMessage): Promise<Response> => {
		try {
			return await fetch(url, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify(message),
				signal: AbortSignal.timeout(timeoutMs),
				redirect: 'error',
			});
		} catch {
			throw new SlackError('Slack does not answer.');
		}
	};
	return async (message: SlackMessage): Promise<void> => {
		let response = await post(await webhookUrl(), message);
		if (REVOKED.has(response.status)) response = await post(await webhookUrl({ fresh: true }), message);
		await response.body?.cancel();
		if (!response.ok) throw new SlackError(`Slack answered ${response.status}.`, retryAfter(response));
	};
}

function retryAfter(response: Response): number | undefined {
	const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
	return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

/** Slack's three control characters; everything else is text to it. */
export function escapeSlackText(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
