import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { WORKFLOWS_FOLDER, writeCatalog } from './catalog.ts';
import { newWorkflowFiles } from './new-workflow-files.ts';

const USAGE = `npm run new-workflow <name>

Creates src/workflows/<name>, a runnable workflow with one step, and its test in test/workflows.
<name> is the task type: lower-case words joined by hyphens, 2 to 40 characters.`;

/** Long enough for a word, short enough for the names that AWS derives from it. */
const NAME = /^(?=.{2,40}$)[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/;

/** Writes the files of a new workflow into a project. Returns the reason in one line if it does not. */
export async function createWorkflow(name: string, project: string): Promise<string | undefined> {
	if (!NAME.test(name))
		return `Invalid workflow name "${name}": use lower-case words joined by hyphens, 2 to 40 characters.`;
	const files = Object.entries(newWorkflowFiles(name)).map(([file, text]) => ({
		path: resolve(project, file),
		text,
	}));
	if (existsSync(resolve(project, 'src/workflows', name))) return `The workflow "${name}" already exists.`;
	for (const { path, text } of files) {
		await mkdir(dirname(path), { recursive: true });
		await writeFile(path, text);
	}
	return undefined;
}

async function main([name, ...rest]: readonly string[]): Promise<number> {
	if (name === undefined || name === '--help' || rest.length > 0) {
		console.log(USAGE);
		return name === '--help' ? 0 : 1;
	}
	const refusal = await createWorkflow(name, resolve(WORKFLOWS_FOLDER, '../..'));
	if (refusal !== undefined) {
		console.error(refusal);
		return 1;
	}
	await writeCatalog();
	execFileSync('npm', ['run', '--silent', 'format'], { stdio: ['ignore', 'ignore', 'inherit'] });
	execFileSync('npm', ['run', '--silent', 'openapi'], { stdio: 'inherit' });
	const folder = relative(process.cwd(), resolve(WORKFLOWS_FOLDER, name));
	console.log(
		`Created ${folder} and test/workflows/${name}.test.ts. Next: npm start, and the curl in its README.md.`,
	);
	return 0;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
