import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SERVERLESS } from './package.ts';
import { parseStage } from './stage.ts';

/** The resources that CloudFormation retains, by logical id, with the command that deletes them. A test compares them with the templates. */
export const RETAINED: Readonly<Record<string, string>> = {
	TaskTable: 'aws dynamodb delete-table --table-name <name>; in prod disable its deletion protection first',
	OutputBucket: 'aws s3 rb --force s3://<name>',
};

const USAGE = `npm run remove -- --stage <stage> [--region us-east-1] [--prod-is-meant] [--dry-run]

Removes a stage: its functions, state machines, queues, API, alarms and logs. It retains tasks and their outputs:

${Object.entries(RETAINED)
	.map(([id, what]) => `  ${id.padEnd(13)} ${what}`)
	.join('\n')}

  --prod-is-meant   required to remove prod
  --dry-run         prints the command without running it`;

const PROJECT = resolve(import.meta.dirname, '../..');

/** Resolves to the exit code of the process. */
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
	if (stage === 'local') throw new Error('The stage local is not deployed. Delete its DATA_DIR instead.');
	if (stage === 'prod' && !values['prod-is-meant'])
		throw new Error('Removing prod requires --prod-is-meant.');
	// osls resolves every parameter, also those that a removal does not use.
	const parameters = ['--param=jwtIssuer=https://removed.example', '--param=jwtAudience=removed'];
	const command = ['remove', '--stage', stage, '--region', values.region, ...parameters];
	console.log(`Retained: ${Object.keys(RETAINED).join(', ')} (see --help).\nserverless ${command.join(' ')}`);
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
