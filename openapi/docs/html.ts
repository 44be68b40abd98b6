/** Markup that may stand in a page as it is. */
export interface Html {
	readonly markup: string;
}

type Piece = Html | string | number | undefined | readonly Piece[];

/** Markup by template: what is put in is text, and escaped, unless it is markup itself. */
export function html(template: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
	const [first = '', ...rest] = template;
	return { markup: rest.reduce((page, text, index) => page + markupOf(pieces[index]) + text, first) };
}

/** Our own text, such as a style sheet, that is markup already. */
export function verbatim(markup: string): Html {
	return { markup };
}

function markupOf(piece: Piece): string {
	if (piece === undefined) return '';
	if (typeof piece === 'string' || typeof piece === 'number') return escaped(String(piece));
	return 'markup' in piece ? piece.markup : piece.map(markupOf).join('');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
	return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
