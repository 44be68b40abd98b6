import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { fingerprintOf } from './fingerprint.ts';

/** The path of osls' program. */
export const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');

const PROJECT = resolve(import.meta.dirname, '../..');

/** The programs that write a template, and the other files that it depends on. */
const INPUTS = {
	programs: ['src/deploy/serverless.cjs', 'src/deploy/template-plugin.cjs', 'src/workflows/*/workflow.ts'],
	files: ['serverless.yml', 'src/deploy/resources/*.yml', 'src/workflows/*/definition.asl.json'],
};

/** The stage to package, and its parameters. */
export interface PackageOptions {
	readonly stage: string;
	readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Returns the CloudFormation template that `serverless package` writes for a stage, without the code of the functions.
 * It is cached until the content of an input changes.
 * @throws Error with the output of serverless if packaging fails.
 */
export async function packageTemplate({ stage, parameters }: PackageOptions): Promise<unknown> {
	const flags = Object.entries({ ...parameters, templateOnly: 'true' }).map(
		([name, value]) => `--param=${name}=${value}`,
	);
	const folder = resolve(PROJECT, '.cache', `${stage}-${parameters['auth']}`);
	const fingerprint = await fingerprintOf({ ...INPUTS, values: flags });
	const fingerprintFile = resolve(folder, 'inputs.sha256');
	if ((await readFile(fingerprintFile, 'utf8').catch(() => '')) !== fingerprint) {
		await mkdir(folder, { recursive: true });
		// A failure must not leave an old fingerprint beside a new template.
		await rm(fingerprintFile, { force: true });
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
