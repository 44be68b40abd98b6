import { type Html, html } from './html.ts';

/** The Markdown of our own descriptions: paragraphs, headings of the second level, tables, code. */
export function markdown(text = ''): Html[] {
	return text
		.split(/\n{2,}/)
		.map((block) => block.trim())
		.filter((block) => block !== '')
		.map(blockOf);
}

/** Text within a line: code between backticks. */
export function inline(text = ''): Html[] {
	return text
		.split(/`([^`]*)`/)
		.map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

function blockOf(block: string): Html {
	if (block.startsWith('## ')) return html`<h2>${inline(block.slice('## '.length))}</h2>`;
	if (block.startsWith('|')) return table(block.split('\n').map(cells));
	return html`<p>${inline(block.replaceAll('\n', ' '))}</p>`;
}

function cells(row: string): readonly string[] {
	return row
		.replaceAll(/^\||\|$/g, '')
		.split('|')
		.map((cell) => cell.trim());
}

function table([head = [], , ...rows]: readonly (readonly string[])[]): Html {
	return html`<div class="wide"><table>
<thead><tr>${head.map((cell) => html`<th scope="col">${inline(cell)}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${inline(cell)}</td>`)}</tr>\n`)}</tbody>
</table></div>`;
}
