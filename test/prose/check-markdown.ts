import { type Finding, PHRASES } from './rules.ts';

/** Checks the prose of a Markdown file; code blocks and inline code are left out. */
export function checkMarkdown(file: string, text: string): Finding[] {
	let isCode = false;
	return text.split('\n').flatMap((line, index) => {
		if (line.startsWith('```')) isCode = !isCode;
		if (isCode || /^( {4}|\t)/.test(line)) return [];
		const prose = line.replaceAll(/`[^`]*`/g, '``');
		return PHRASES.filter(({ pattern }) => pattern.test(prose)).map(({ instead }) => ({
			file,
			line: index + 1,
			rule: `say "${instead}"`,
			text: line.trim().slice(0, 120),
		}));
	});
}
