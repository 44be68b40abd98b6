/** A message in plain text: Slack's markup in it is shown as it is. */
export interface SlackMessage {
	/** Shown where blocks cannot be shown, for example in notifications. */
	readonly text: string;
	/** The paragraphs of the message, each a section block of Block Kit. Without them only `text` is shown. */
	readonly sections?: readonly string[];
	/** A link below the sections, at an address of ours. */
	readonly link?: { readonly text: string; readonly url: string };
}

/** Slack is down, hangs or fails; a later attempt may succeed. */
export class SlackUnavailableError extends Error {
	override readonly name = 'SlackUnavailableError';
	readonly code = 'slack-unavailable';
}

/** Slack refused the message or the webhook, and would refuse the same attempt later. */
export class SlackRefusedError extends Error {
	override readonly name = 'SlackRefusedError';
	readonly code = 'slack-refused';
}

/** The outcome of a post that did not fail. */
export type SlackOutcome =
	| { readonly outcome: 'sent' }
	/** Nothing was sent: no webhook is configured. */
	| { readonly outcome: 'not-configured' }
	/** Nothing was sent: Slack asks to wait. */
	| { readonly outcome: 'rate-limited'; readonly retryAfterSeconds: number };

/** Posts a message to Slack. */
export type PostToSlack = (message: SlackMessage) => Promise<SlackOutcome>;

/** The parts of a client of Slack. */
export interface SlackDependencies {
	/** Returns the webhook's URL, which is a secret; `fresh` after Slack refused the cached one. */
	readonly webhookUrl: (options?: { readonly fresh: boolean }) => Promise<string>;
	readonly now: () => number;
	/** The time limit of one attempt; 5 s by default. */
	readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5000;

/** The value of the webhook's secret on a stage without Slack. It is the default of the parameter `slackWebhookUrl`. */
export const NO_WEBHOOK = 'not-set';

/** The statuses with which Slack answers after a webhook was revoked or rotated. */
const REVOKED_STATUSES = new Set([401, 403, 404, 410]);

/**
 * Creates a client of a Slack webhook. A revoked webhook is read again once, so that a rotation needs no deployment. The
 * post throws {@link SlackUnavailableError} or {@link SlackRefusedError}, neither with the URL nor with Slack's response.
 */
export function createSlack({ webhookUrl, now, timeoutMs = TIMEOUT_MS }: SlackDependencies): PostToSlack {
	return async (message) => {
		const body = slackBody(message);
		const url = await webhookUrl();
		if (url === NO_WEBHOOK) return { outcome: 'not-configured' };
		let response = await post(url, body, timeoutMs);
		if (response === undefined || REVOKED_STATUSES.has(response.status))
			response = await post(await webhookUrl({ fresh: true }), body, timeoutMs);
		if (response === undefined) throw new SlackRefusedError('The secret is not the URL of a Slack webhook.');
		const { status, headers } = response;
		if (response.ok) return { outcome: 'sent' };
		if (status === 429)
			return {
				outcome: 'rate-limited',
				retryAfterSeconds: retryAfterSeconds(headers.get('retry-after'), now()),
			};
		if (status >= 500 || status === 408) throw new SlackUnavailableError(`Slack responded with ${status}.`);
		throw new SlackRefusedError(`Slack responded with ${status}.`);
	};
}

/** Returns Slack's response without its body, or `undefined` if the URL is invalid. */
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
		// The error of fetch may contain the URL, so it is not kept as a cause.
		throw new SlackUnavailableError(
			error instanceof Error && error.name === 'TimeoutError'
				? `Slack did not respond within ${timeoutMs} ms.`
				: 'Slack could not be reached.',
		);
	}
}

/** A webhook accepts about one message a second; Slack says so explicitly if it needs longer. */
const DEFAULT_RETRY_AFTER_SECONDS = 5;
const MIN_RETRY_AFTER_SECONDS = 1;
const MAX_RETRY_AFTER_SECONDS = 300;

/** Returns a `Retry-After` header, in seconds or as an HTTP date (RFC 9110, 10.2.3), as whole seconds from 1 to 300. */
export function retryAfterSeconds(header: string | null, nowMs: number): number {
	const value = header?.trim() ?? '';
	const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - nowMs) / 1000;
	if (Number.isNaN(seconds)) return DEFAULT_RETRY_AFTER_SECONDS;
	return Math.min(MAX_RETRY_AFTER_SECONDS, Math.max(MIN_RETRY_AFTER_SECONDS, Math.ceil(seconds)));
}

/** Slack's limits: https://docs.slack.dev/reference/block-kit/blocks/section-block, and 50 blocks per message. */
const MAX_SECTION_CHARACTERS = 3000;
const MAX_BLOCKS = 50;
/** Slack recommends at most 4,000 characters and truncates at 40,000. */
const MAX_TEXT_CHARACTERS = 4000;

/**
 * Returns the body of a webhook request within Slack's limits; longer texts end in "…". Slack turns addresses in the
 * message into links on its own, which would let user data place links: `verbatim` and `parse` prevent this.
 */
export function slackBody({ text, sections = [], link }: SlackMessage): string {
	const all = sections.length === 0 ? [text] : sections;
	const maxSections = link === undefined ? MAX_BLOCKS : MAX_BLOCKS - 1;
	const shown = all.length > maxSections ? [...all.slice(0, maxSections - 1), '…'] : all;
	return JSON.stringify({
		text: truncate(breakAddresses(text), MAX_TEXT_CHARACTERS),
		blocks: [...shown.map(sectionBlock), ...(link === undefined ? [] : [linkBlock(link)])],
		parse: 'none',
		unfurl_links: false,
		unfurl_media: false,
	});
}

/** Slack's markup of a link. In it, `|` and `>` end the URL, so they are percent-encoded. */
function linkBlock({ text, url }: NonNullable<SlackMessage['link']>) {
	const address = escapeSlackText(url.replaceAll(/[|<>\s]/g, encodeURIComponent));
	const markup = `<${address}|${escapeSlackText(text.replaceAll('|', ' '))}>`;
	return { type: 'section', text: { type: 'mrkdwn', text: markup, verbatim: true } };
}

function sectionBlock(text: string) {
	return {
		type: 'section',
		text: { type: 'mrkdwn', text: truncate(text, MAX_SECTION_CHARACTERS), verbatim: true },
	};
}

/** Joins lines to as few sections as possible, none of which Slack's limit truncates between two lines. */
export function joinLines(lines: readonly string[]): string[] {
	const sections: string[] = [];
	for (const line of lines) {
		const joined = sections.length === 0 ? line : `${sections.at(-1)}\n${line}`;
		if (sections.length > 0 && escapeSlackText(joined).length <= MAX_SECTION_CHARACTERS)
			sections[sections.length - 1] = joined;
		else sections.push(line);
	}
	return sections;
}

/** A zero-width space inside an address, so that clients which ignore `parse` recognise none in a notification. */
function breakAddresses(text: string): string {
	return text.replaceAll(/(?<=\p{L}):(?=\/\/)|(?<=[\p{L}\p{N}])[.@](?=[\p{L}\p{N}])/gu, '$&\u200b');
}

/** Escapes the text and truncates it without splitting a character or an escape. */
function truncate(text: string, limit: number): string {
	const escaped = escapeSlackText(text);
	if (escaped.length <= limit) return escaped;
	let truncated = '';
	for (const character of text) {
		const next = truncated + escapeSlackText(character);
		if (next.length >= limit) break;
		truncated = next;
	}
	return `${truncated}…`;
}

/** Escapes the three control characters of Slack's markup. */
function escapeSlackText(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
