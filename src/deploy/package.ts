import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

/** The path of osls' program. */
export const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');

const PROJECT = resolve(import.meta.dirname, '../..');

/** The files that a template depends on, in addition to its parameters. */
const INPUTS = [
	'serverless.yml',
	'package.json',
	'src/deploy/**/*',
	'src/workflows/*/{definition.asl.json,workflow.ts}',
	'src/workflows/*.ts',
];

/** The stage to package, and its parameters. */
export interface PackageOptions {
	readonly stage: string;
	readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Returns the CloudFormation template that `serverless package` writes for a stage. It is cached until an input changes.
 * @throws Error with the output of serverless if packaging fails.
 */
export async function packageTemplate({ stage, parameters }: PackageOptions): Promise<unknown> {
	const flags = Object.entries(parameters).map(([name, value]) => `--param=${name}=${value}`);
	const folder = resolve(PROJECT, '.cache', `${stage}-${parameters['auth']}`);
	const fingerprint = await fingerprintOf(flags);
	const fingerprintFile = resolve(folder, 'inputs.sha256');
	if ((await readFile(fingerprintFile, 'utf8').catch(() => '')) !== fingerprint) {
		await mkdir(folder, { recursive: true });
		await runServerless(['package', '--stage', stage, '--package', folder, ...flags]);
		await writeFile(fingerprintFile, fingerprint);
	}
	return JSON.parse(await readFile(resolve(folder, 'cloudformation-template-update-stack.json'), 'utf8'));
}

async function runServerless(commandLine: readonly string[]): Promise<void> {
	try {
		await promisify(execFile)(process.execPath, [SERVERLESS, ...commandLine], { cwd: PROJECT });
	} catch (cause) {
		const { stdout = '', stderr = '' } = Object(cause);
		throw new Error(`serverless package failed:\n${stdout}${stderr}`, { cause });
	}
}

async function fingerprintOf(flags: readonly string[]): Promise<string> {
	const hash = createHash('sha256').update(flags.join('\n'));
	for (const file of globSync(INPUTS, { cwd: PROJECT, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => resolve(entry.parentPath, entry.name))
		.toSorted()) {
		hash.update(file).update(await readFile(file));
	}
	return hash.digest('hex');
}
