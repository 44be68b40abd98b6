import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { WORKFLOWS_FOLDER, writeCatalog } from './catalog.ts';
import { newWorkflowFiles } from './new-workflow-files.ts';

const USAGE = `npm run new-workflow <name>

Makes src/workflows/<name>, a workflow of one step that runs at once, and puts it into the catalogue.
<name> is the task type: lower-case words joined by hyphens, 2 to 40 characters.`;

/** Long enough to say something, short enough for the names AWS makes of it. */
const NAME = /^(?=.{2,40}$)[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/;

/** Writes the folder. The answer says in one line why it did not. */
export async function createWorkflow(name: string, folder: string): Promise<string | undefined> {
	if (!NAME.test(name))
		return `"${name}" is not a name for a workflow: lower-case words joined by hyphens, 2 to 40 characters.`;
	if (existsSync(folder)) return `There is a workflow ${name} already.`;
	for (const [file, text] of Object.entries(newWorkflowFiles(name))) {
		const path = resolve(folder, file);
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
	const folder = resolve(WORKFLOWS_FOLDER, name);
	const refusal = await createWorkflow(name, folder);
	if (refusal !== undefined) {
		console.error(refusal);
		return 1;
	}
	await writeCatalog();
	execFileSync('npm', ['run', '--silent', 'format'], { stdio: ['ignore', 'ignore', 'inherit'] });
	execFileSync('npm', ['run', '--silent', 'openapi'], { stdio: 'inherit' });
	console.log(`Made ${relative(process.cwd(), folder)}. Next: npm start, and the curl in its README.md.`);
	return 0;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
