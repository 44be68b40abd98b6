import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SERVERLESS } from './package.ts';
import { parseStage } from './stage.ts';

/** What CloudFormation leaves where it is, by logical id, and how to be rid of it. Held against the templates by a test. */
export const KEPT: Readonly<Record<string, string>> = {
	TaskTable:
		'the table: aws dynamodb delete-table --table-name <name>, in prod without its deletion protection first',
	OutputBucket: 'the bucket: aws s3 rb --force s3://<name>',
};

const USAGE = `npm run remove -- --stage <stage> [--region us-east-1] [--prod-is-meant] [--dry-run]

Removes a stage: its functions, machines, queues, API, alarms and logs. What holds tasks and their outputs is kept:

${Object.entries(KEPT)
	.map(([id, what]) => `  ${id.padEnd(13)} ${what}`)
	.join('\n')}

  --prod-is-meant   prod is removed only with this
  --dry-run         says what would be run`;

const PROJECT = resolve(import.meta.dirname, '../..');

/** The exit code. */
async function main(): Promise<number> {
	const { values } = parseArgs({
		options: {
			stage: { type: 'string' },
			region: { type: 'string', default: 'us-east-1' },
			'prod-is-meant': { type: 'boolean', default: false },
			'dry-run': { type: 'boolean', default: false },
			help: { type: 'boolean', default: false },
		},
	});
	if (values.help || values.stage === undefined) {
		console.log(USAGE);
		return values.help ? 0 : 1;
	}
	const stage = parseStage(values.stage);
	if (stage === 'local') throw new Error('The laptop’s stage is removed with its DATA_DIR.');
	if (stage === 'prod' && !values['prod-is-meant']) throw new Error('To remove prod, say --prod-is-meant.');
	// Who issued the tokens does not matter any more, but serverless wants to know all the same.
	const parameters = ['--param=jwtIssuer=https://removed.example', '--param=jwtAudience=removed'];
	const command = ['remove', '--stage', stage, '--region', values.region, ...parameters];
	console.log(`Kept: ${Object.keys(KEPT).join(', ')} (see --help).\nserverless ${command.join(' ')}`);
	return values['dry-run'] ? 0 : runServerless(command);
}

async function runServerless(command: readonly string[]): Promise<number> {
	const child = spawn(process.execPath, [SERVERLESS, ...command], { cwd: PROJECT, stdio: 'inherit' });
	const [code] = await once(child, 'exit');
	return typeof code === 'number' ? code : 1;
}

if (import.meta.main) {
	try {
		process.exitCode = await main();
	} catch (error) {
		console.error(error instanceof Error ? error.message : error);
		process.exitCode = 1;
	}
}
