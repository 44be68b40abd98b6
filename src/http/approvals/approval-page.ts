import { hash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import type { Approval } from '../../tasks/approvals.ts';
import type { Answerer, Callback, CallbackAnswer, CallbackRequest } from '../../tasks/callbacks.ts';
import { time } from '../tasks/task-resource.ts';
import { Html, html } from './html.ts';

/** Limit of the form's comment, in UTF-16 code units. */
export const MAX_COMMENT_CHARACTERS = 1000;

/** Limit of the form's name, in UTF-16 code units. */
export const MAX_NAME_CHARACTERS = 100;

const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --muted: #57606a; --page: #f6f8fa; --card: #fff; --line: #8c959f; --go: #116329; --on-go: #fff; --stop: #a40e26; --link: #0550ae; }
@media (prefers-color-scheme: dark) {
	:root { --text: #e6edf3; --muted: #9ea7b3; --page: #0d1117; --card: #161b22; --line: #6e7681; --go: #56d364; --on-go: #0d1117; --stop: #ff7b72; --link: #79c0ff; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 40rem; margin: 0 auto; padding: 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
h1 { margin: 0 0 .5rem; font-size: 1.4rem; line-height: 1.25; overflow-wrap: anywhere; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
dl { margin: 1.25rem 0; }
dt { color: var(--muted); font-size: .875rem; }
dd { margin: 0 0 .75rem; overflow-wrap: anywhere; white-space: pre-wrap; }
ul { margin: 0; padding-left: 1.25rem; white-space: normal; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
label small { color: var(--muted); font-weight: 400; }
input, select, textarea { width: 100%; padding: .625rem; color: inherit; background: var(--page); border: 1px solid var(--line); border-radius: .5rem; font: inherit; }
.decisions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.25rem; }
button { flex: 1 1 8rem; min-height: 3rem; border: 2px solid var(--go); border-radius: .5rem; background: var(--go); color: var(--on-go); font: inherit; font-weight: 600; cursor: pointer; }
button[value=reject] { border-color: var(--stop); background: transparent; color: var(--stop); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.success { color: var(--go); } .failure { color: var(--stop); }
`;

/** Nothing is loaded, nothing is executed, no other page embeds this one, and the form is sent to this host only. */
const CONTENT_SECURITY_POLICY = [
	"default-src 'none'",
	`style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
	"form-action 'self'",
	"base-uri 'none'",
	"frame-ancestors 'none'",
].join('; ');

/** A page with its status. */
export interface Page {
	readonly status: number;
	readonly title: string;
	readonly content: Html;
}

/** Sends a page. The link is a credential: no cache and no search engine keeps it, and no other site learns it. */
export function sendPage(reply: FastifyReply, { status, title, content }: Page): FastifyReply {
	const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`;
	return reply
		.code(status)
		.headers({
			'content-security-policy': CONTENT_SECURITY_POLICY,
			'cache-control': 'no-store',
			'referrer-policy': 'no-referrer',
			'x-robots-tag': 'noindex, nofollow',
		})
		.type('text/html; charset=utf-8')
		.serializer(String)
		.send(page.text);
}

/** The page of an approval. `notice` is shown above a decision, for a person whose own decision did not count. */
export function approvalPage(
	approval: Approval,
	{ approvers, notice, status = 200 }: { approvers: readonly string[]; notice?: string; status?: number },
): Page {
	switch (approval.kind) {
		case 'pending':
			return pendingPage(approval.callback, approvers);
		case 'decided':
			return decidedPage(approval, status, notice);
		case 'expired':
			return messagePage(
				410,
				'This link has expired',
				'The task no longer waits for this decision. It was cancelled, ran out of time, or waits again with a new link.',
			);
		case 'unknown':
			return messagePage(404, 'This link is invalid', 'Check that the address was copied completely.');
	}
}

/** A page with one sentence. */
export function messagePage(status: number, title: string, message: string): Page {
	return { status, title, content: html`<p>${message}</p>` };
}

/** Enter in a field presses the first button of a form. A disabled one keeps it from approving. */
const NO_DEFAULT_BUTTON = html`<button disabled hidden></button>`;

function pendingPage(callback: Callback, approvers: readonly string[]): Page {
	return {
		status: 200,
		title: `Approve ${subjectOf(callback)}?`,
		content: html`<p>The task waits for your decision. It counts once, and cannot be changed.</p>
${details(callback)}
<form method="post">
${NO_DEFAULT_BUTTON}
${nameField(approvers)}
<label for="comment">Comment <small>(optional)</small></label>
<textarea id="comment" name="comment" rows="3" maxlength="${MAX_COMMENT_CHARACTERS}"></textarea>
<div class="decisions">
<button name="decision" value="approve">Approve</button>
<button name="decision" value="reject">Reject</button>
</div>
</form>`,
	};
}

function nameField(approvers: readonly string[]): Html {
	if (approvers.length === 0)
		return html`<label for="name">Your name <small>(optional)</small></label>
<input id="name" name="name" autocomplete="name" maxlength="${MAX_NAME_CHARACTERS}">`;
	return html`<label for="name">Your name</label>
<select id="name" name="name" required>
<option value="">Choose</option>
${approvers.map((name) => html`<option>${name}</option>`)}
</select>`;
}

function decidedPage(
	{ callback, answer }: { readonly callback: Callback; readonly answer: CallbackAnswer },
	status: number,
	notice: string | undefined,
): Page {
	const { message, answeredBy, atMs } = answer;
	const verb = verbOf(answer);
	return {
		status,
		title: `${subjectOf(callback)} was ${verb}`,
		content: html`${notice === undefined ? undefined : html`<p role="alert">${notice}</p>`}
<p><strong class="${answer.status}">${verb === 'approved' ? 'Approved' : 'Rejected'}</strong> by ${deciderText(answeredBy)} on ${timeHtml(atMs)}.</p>
${message === undefined ? undefined : html`<dl>${item('Comment', html`${message}`)}</dl>`}
${details(callback)}`,
	};
}

/** The decision in one word. */
export function verbOf({ status }: Pick<CallbackAnswer, 'status'>): 'approved' | 'rejected' {
	return status === 'success' ? 'approved' : 'rejected';
}

/** The person or system that decided. */
export function deciderText({ principal, name, via }: Answerer): string {
	return name ?? (via === 'approval-page' ? 'a person with this link' : principal);
}

function subjectOf({ request, callbackKey }: Callback): string {
	return request === undefined ? callbackKey : `${request.type} ${callbackKey}`;
}

function details({ principal, request, sinceMs, deadlineAtMs }: Callback): Html {
	return html`<dl>
${request === undefined ? undefined : item('Workflow', html`${request.type}`)}
${item('Requested by', html`${principal}`)}
${request === undefined ? undefined : dataItems(request)}
${item('Waiting since', timeHtml(sinceMs))}
${item('Until', timeHtml(deadlineAtMs))}
</dl>`;
}

function item(term: string, value: Html): Html {
	return html`<dt>${term}</dt><dd>${value}</dd>`;
}

/** One item per member of the task's data, or the beginning of its JSON. */
function dataItems({ data, isDataTruncated }: CallbackRequest): readonly Html[] {
	if (isDataTruncated || typeof data !== 'object' || data === null || Array.isArray(data))
		return [item(isDataTruncated ? 'Data (beginning)' : 'Data', valueHtml(data))];
	return Object.entries(data).map(([name, value]) => item(labelOf(name), valueHtml(value)));
}

/** `package_ids` reads as `Package ids`. */
function labelOf(name: string): string {
	const words = name.replaceAll(/[_-]+/g, ' ').trim();
	return words.charAt(0).toUpperCase() + words.slice(1);
}

function valueHtml(value: unknown): Html {
	if (typeof value === 'string') return html`${value}`;
	const isList = Array.isArray(value) && value.length > 0;
	if (!isList) return html`${JSON.stringify(value)}`;
	return html`<ul>${value.map((each) => html`<li>${typeof each === 'string' ? each : JSON.stringify(each)}</li>`)}</ul>`;
}

/** People in different places share a link, so times are in UTC. */
function timeHtml(epochMs: number): Html {
	const iso = time(epochMs);
	return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;
}
