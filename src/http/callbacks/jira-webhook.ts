import * as Type from 'typebox';
import * as Value from 'typebox/value';
import type { CallbackAnswer } from '../../tasks/callbacks.ts';
import { CALLBACK_KEY_PATTERN } from '../../tasks/callbacks.ts';

/** The part of a Jira webhook that answers a callback. Jira sends many more members, which are ignored. */
export const JiraWebhook = Type.Object(
	{
		issue: Type.Object(
			{
				key: Type.String({
					pattern: CALLBACK_KEY_PATTERN,
					description: 'The callback key.',
					examples: ['PROJ-123'],
				}),
				fields: Type.Optional(
					Type.Object(
						{
							status: Type.Optional(
								Type.Object(
									{ name: Type.String({ examples: ['Done'] }) },
									{ title: 'JiraStatus', additionalProperties: true },
								),
							),
							resolution: Type.Optional(
								Type.Unknown({ description: 'The resolution, such as `{"name": "Won\'t Do"}`, or `null`.' }),
							),
						},
						{ title: 'JiraIssueFields', additionalProperties: true },
					),
				),
			},
			{ title: 'JiraIssue', additionalProperties: true },
		),
		comment: Type.Optional(
			Type.Unknown({
				description:
					'The comment whose `body`, plain text or Atlassian Document Format, becomes the message.',
				examples: [{ body: 'Looks good.' }],
			}),
		),
		user: Type.Optional(
			Type.Unknown({ description: 'The user who triggered the webhook; `displayName` is recorded.' }),
		),
		status: Type.Optional(
			Type.Enum(['success', 'failure'], {
				description: 'Overrides the issue’s status: for an automation rule that decides by itself.',
			}),
		),
	},
	{ title: 'JiraWebhook', additionalProperties: true },
);

/** See the schema of the same name. */
export type JiraWebhook = Type.Static<typeof JiraWebhook>;

/** The names of Jira statuses and resolutions that decide, in lower case. */
export interface JiraStatuses {
	readonly success: ReadonlySet<string>;
	readonly failure: ReadonlySet<string>;
}

/** Reads comma-separated status names, such as `Done, Approved`. */
export function parseJiraStatuses({
	success,
	failure,
}: {
	readonly success: string;
	readonly failure: string;
}): JiraStatuses {
	const names = (list: string) =>
		new Set(
			list
				.split(',')
				.map(normalize)
				.filter((name) => name !== ''),
		);
	return { success: names(success), failure: names(failure) };
}

/** Returns the answer in a webhook, or `undefined` if the issue's status does not decide. */
export function jiraAnswer(
	webhook: JiraWebhook,
	statuses: JiraStatuses,
	{ principal, atMs }: { readonly principal: string; readonly atMs: number },
): CallbackAnswer | undefined {
	const status = jiraDecision(webhook, statuses);
	if (status === undefined) return undefined;
	const message = commentText(webhook.comment);
	const name = displayName(webhook.user) ?? displayName(Object(webhook.comment).author);
	return {
		status,
		...(message === '' ? {} : { message }),
		answeredBy: { principal, ...(name === undefined ? {} : { name }) },
		atMs,
	};
}

/** A resolution such as "Won't Do" rejects an issue whose status is "Done". */
function jiraDecision(
	{ issue, status }: JiraWebhook,
	{ success, failure }: JiraStatuses,
): CallbackAnswer['status'] | undefined {
	if (status !== undefined) return status;
	const { resolution, status: issueStatus } = issue.fields ?? {};
	const name = normalize(issueStatus?.name ?? '');
	const resolutionName: unknown = Object(resolution).name;
	if (failure.has(name)) return 'failure';
	if (!success.has(name)) return undefined;
	return typeof resolutionName === 'string' && failure.has(normalize(resolutionName)) ? 'failure' : 'success';
}

function normalize(name: string): string {
	return name.trim().replaceAll('’', "'").toLowerCase();
}

/** Names longer than this are cut; Jira itself allows 255 characters. */
const MAX_NAME_CHARACTERS = 255;

function displayName(user: unknown): string | undefined {
	const name: unknown = Object(user).displayName;
	return typeof name === 'string' && name !== '' ? truncate(name, MAX_NAME_CHARACTERS) : undefined;
}

/** The limit of an answer's message. A longer comment is cut. */
const MAX_MESSAGE_CHARACTERS = 4000;

/** A node of the Atlassian Document Format, in which Jira Cloud's version 3 API writes comments. */
const DocumentNode = Type.Object({
	type: Type.String(),
	text: Type.Optional(Type.String()),
	content: Type.Optional(Type.Array(Type.Unknown())),
});

function commentText(comment: unknown): string {
	const body: unknown = Object(comment).body;
	const text = typeof body === 'string' ? body : documentText(body).trim();
	return truncate(text, MAX_MESSAGE_CHARACTERS);
}

/** The text of a document, one line per paragraph. Request bodies are at most 20 levels deep. */
function documentText(node: unknown): string {
	if (!Value.Check(DocumentNode, node)) return '';
	const { type, text = '', content = [] } = node;
	if (type === 'hardBreak') return '\n';
	const inner = text + content.map(documentText).join('');
	return /^(paragraph|heading|codeBlock)$/.test(type) ? `${inner}\n` : inner;
}

function truncate(text: string, maxCharacters: number): string {
	return text.length > maxCharacters ? text.slice(0, maxCharacters).replace(/[\uD800-\uDBFF]$/, '') : text;
}
