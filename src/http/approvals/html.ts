/** HTML that needs no more escaping. */
export class Html {
	readonly text: string;

	constructor(text: string) {
		this.text = text;
	}
}

type Part = string | number | Html | readonly Html[] | undefined;

/** A template of HTML: every value is escaped, unless it is HTML itself. An absent value is left out. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
	return new Html(String.raw({ raw: strings }, ...parts.map(textOf)));
}

function textOf(part: Part): string {
	if (part === undefined) return '';
	if (part instanceof Html) return part.text;
	if (typeof part === 'object') return part.map(({ text }) => text).join('');
	return escapeHtml(String(part));
}

const ESCAPES: Readonly<Record<string, string>> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;',
};

/** Escapes a text for an element or a quoted attribute. Unpaired surrogates, which UTF-8 cannot contain, are replaced. */
function escapeHtml(text: string): string {
	return text.toWellFormed().replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}
