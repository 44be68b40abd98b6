import { type Comment, type Program, parseSync, Visitor } from 'oxc-parser';
import { CONSTANT_NAME, type Finding, PHRASES, PRONOUN } from './rules.ts';

/** The language findings of one TypeScript or JavaScript file. */
export interface ProgramFindings {
	readonly findings: readonly Finding[];
	/** Comment lines with a relative pronoun; judged as a share over all files. */
	readonly pronouns: readonly Finding[];
	readonly commentLines: number;
}

/**
 * Checks the comments, texts and names of a program.
 *
 * @throws if the file cannot be parsed.
 */
export function checkProgram(file: string, text: string): ProgramFindings {
	const { program, comments, errors } = parseSync(file, text);
	if (errors[0] !== undefined) throw new Error(`${file}: ${errors[0].message}`);
	const lineAt = lineCounter(text);
	const lines = comments.flatMap((comment) => commentLinesOf(comment, lineAt));
	const at = ({ line, text: excerpt }: Line, rule: string): Finding => ({
		file,
		line,
		rule,
		text: excerpt.slice(0, 120),
	});
	const texts = textsOf(program, lineAt);
	const phrases = [...lines, ...texts].flatMap((line) =>
		PHRASES.filter(({ pattern }) => pattern.test(line.text)).map(({ instead }) =>
			at(line, `say "${instead}"`),
		),
	);
	return {
		findings: [
			...phrases,
			...constantsOf(program, lineAt).map((line) => at(line, 'name it MAX_*, MIN_* or by its unit')),
			...(file.startsWith('src/')
				? undocumentedExports(program, comments, text).map(({ start, ...line }) =>
						at({ ...line, line: lineAt(start) }, line.rule),
					)
				: []),
		],
		pronouns: lines
			.filter(({ text: comment }) => PRONOUN.test(comment))
			.map((line) => at(line, 'relative pronoun')),
		commentLines: lines.length,
	};
}

interface Line {
	readonly line: number;
	readonly text: string;
}

function lineCounter(text: string): (offset: number) => number {
	const starts = [0];
	for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
	return (offset) => starts.findLastIndex((start) => start <= offset) + 1;
}

/** The lines of a comment that have words. */
function commentLinesOf(comment: Comment, lineAt: (offset: number) => number): Line[] {
	const first = lineAt(comment.start);
	return comment.value
		.split('\n')
		.map((line, index) => ({ line: first + index, text: line.replace(/^\s*\*?\s?/, '') }))
		.filter(({ text }) => /[a-z]/i.test(text));
}

/** String literals and templates that are sentences: at least three words. */
function textsOf(program: Program, lineAt: (offset: number) => number): Line[] {
	const texts: Line[] = [];
	const add = (start: number, text: string) => {
		if (/[a-z]+ [a-z]+ [a-z]+/i.test(text))
			texts.push({ line: lineAt(start), text: text.replaceAll(/\s+/g, ' ').trim() });
	};
	new Visitor({
		Literal: (node) => typeof node.value === 'string' && add(node.start, node.value),
		TemplateElement: (node) => add(node.start, node.value.raw),
	}).visit(program);
	return texts;
}

function constantsOf(program: Program, lineAt: (offset: number) => number): Line[] {
	const names: Line[] = [];
	new Visitor({
		VariableDeclarator({ id }) {
			if (id.type === 'Identifier' && CONSTANT_NAME.test(id.name))
				names.push({ line: lineAt(id.start), text: id.name });
		},
	}).visit(program);
	return names;
}

interface Undocumented {
	readonly start: number;
	readonly text: string;
	readonly rule: string;
}

/** Exported declarations without a doc comment, and exported functions that throw and do not say so. */
function undocumentedExports(program: Program, comments: readonly Comment[], text: string): Undocumented[] {
	const found: Undocumented[] = [];
	for (const node of program.body) {
		if (node.type !== 'ExportNamedDeclaration' || node.declaration === null) continue;
		const { declaration, start } = node;
		const name = nameOf(text.slice(declaration.start, declaration.end));
		const doc = comments.findLast(
			(comment) => comment.end <= start && text.slice(comment.end, start).trim() === '',
		);
		if (!doc?.value.startsWith('*')) {
			if (!isTypeOfSchema(program, name, declaration.type))
				found.push({ start, text: name, rule: 'exported without a doc comment' });
		} else if (
			declaration.type === 'FunctionDeclaration' &&
			throwsItself(declaration, program) &&
			!doc.value.includes('@throws')
		)
			found.push({ start, text: name, rule: 'throws: document it with @throws' });
	}
	return found;
}

function nameOf(declaration: string): string {
	return (
		/^(?:declare |abstract |async )*(?:const|let|function\*?|class|interface|type)\s+(\w+)/.exec(
			declaration,
		)?.[1] ?? ''
	);
}

/** `export type Task = Static<typeof Task>` beside a documented schema of the same name needs no text of its own. */
function isTypeOfSchema(program: Program, name: string, kind: string): boolean {
	if (kind !== 'TSTypeAliasDeclaration') return false;
	return program.body.some(
		(node) =>
			node.type === 'ExportNamedDeclaration' &&
			node.declaration?.type === 'VariableDeclaration' &&
			node.declaration.declarations.some(({ id }) => id.type === 'Identifier' && id.name === name),
	);
}

/** Whether a `throw` belongs to the function itself rather than to one nested in it. */
function throwsItself(
	declaration: { readonly start: number; readonly end: number },
	program: Program,
): boolean {
	let throws = false;
	const nested: { start: number; end: number }[] = [];
	const enter = (node: { start: number; end: number }) => {
		if (node.start > declaration.start && node.end <= declaration.end) nested.push(node);
	};
	const statements: { start: number; end: number }[] = [];
	new Visitor({
		FunctionDeclaration: enter,
		FunctionExpression: enter,
		ArrowFunctionExpression: enter,
		ThrowStatement: (node) => {
			if (node.start > declaration.start && node.end <= declaration.end) statements.push(node);
		},
	}).visit(program);
	throws = statements.some(
		(statement) => !nested.some((inner) => inner.start < statement.start && statement.end <= inner.end),
	);
	return throws;
}
