/** A message in plain text: what Slack would read as its markup is shown as it is. */
export interface SlackMessage {
	/** Shown where blocks cannot be, in notifications for one. */
	readonly text: string;
	/** The message as paragraphs, each a section block of Block Kit; absent: `text` alone. */
	readonly sections?: readonly string[];
}

/** Slack's limits: https://docs.slack.dev/reference/block-kit/blocks/section-block, and blocks in a message. */
const LONGEST_SECTION = 3000;
const MOST_BLOCKS = 50;
/** Slack cuts a text of 40,000 characters; one of 4,000 is what it asks for. */
const LONGEST_TEXT = 4000;

/** The message as a webhook takes it, within Slack's limits: what is too long ends in "…". */
export function slackBody({ text, sections = [] }: SlackMessage): string {
	const shown = sections.length > MOST_BLOCKS ? [...sections.slice(0, MOST_BLOCKS - 1), '…'] : sections;
	return JSON.stringify({
		text: fitted(text, LONGEST_TEXT),
		...(shown.length === 0 ? {} : { blocks: shown.map(sectionBlock) }),
	});
}

/** `verbatim` keeps Slack from making links of what looks like a channel, a person or an address. */
function sectionBlock(text: string) {
	return { type: 'section', text: { type: 'mrkdwn', text: fitted(text, LONGEST_SECTION), verbatim: true } };
}

/** The escaped text, cut so that no character and no escape is torn. */
function fitted(text: string, limit: number): string {
	const escaped = escapeSlackText(text);
	if (escaped.length <= limit) return escaped;
	let kept = '';
	for (const character of text) {
		const next = kept + escapeSlackText(character);
		if (next.length >= limit) break;
		kept = next;
	}
	return `${kept}…`;
}

/** Slack's three control characters; everything else is text to it. */
function escapeSlackText(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
