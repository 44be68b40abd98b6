import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { checkMarkdown } from './check-markdown.ts';
import { checkProgram } from './check-program.ts';
import { type Finding, MAX_PRONOUN_SHARE } from './rules.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

const USAGE = `node test/prose/check.ts [path ...]   checks the language of comments, names, texts and Markdown

Without a path it checks every file that git tracks. It exits with 1 when a rule is broken.`;

function trackedFiles(paths: readonly string[]): string[] {
	const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', ...paths], {
		cwd: PROJECT,
		encoding: 'utf8',
	});
	return listed
		.split('\n')
		.filter(
			(file) =>
				/\.(ts|cjs|md)$/.test(file) &&
				!/^(test\/prose\/|openapi\/.*\.html|src\/client\/api-types\.ts)/.test(file),
		);
}

const paths = process.argv.slice(2);
if (paths.includes('--help')) {
	console.log(USAGE);
	process.exit(0);
}

const findings: Finding[] = [];
const pronouns: Finding[] = [];
let commentLines = 0;
for (const file of trackedFiles(paths)) {
	const text = readFileSync(resolve(PROJECT, file), 'utf8');
	if (file.endsWith('.md')) {
		findings.push(...checkMarkdown(file, text));
		continue;
	}
	const program = checkProgram(file, text);
	findings.push(...program.findings);
	pronouns.push(...program.pronouns);
	commentLines += program.commentLines;
}

const share = commentLines === 0 ? 0 : pronouns.length / commentLines;
const tooMany = share > MAX_PRONOUN_SHARE;
for (const { file, line, rule, text } of [...findings, ...(tooMany ? pronouns : [])])
	console.log(`${file}:${line}: ${rule}: ${text}`);
console.log(
	`${findings.length} findings; ${pronouns.length} of ${commentLines} comment lines (${(share * 100).toFixed(1)} %) use a relative pronoun; at most ${MAX_PRONOUN_SHARE * 100} % may.`,
);
process.exitCode = findings.length > 0 || tooMany ? 1 : 0;
