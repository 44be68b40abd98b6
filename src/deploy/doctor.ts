import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createDeployedStage } from '../aws/deployed-stage.ts';
import { DoctorEnvironment, parseConfig } from '../config.ts';
import { examine } from './doctor/check.ts';
import { doctorChecks } from './doctor/stage-checks.ts';
import { parseStage } from './stage.ts';

const USAGE = `npm run doctor -- --stage <stage> [--region us-east-1]

Looks at a deployed stage step by step: credentials, parameters, secrets, endpoint, and a greeting that goes the whole way.
Each failure comes with how to mend it; the exit code is 1 where there is one.

TASK_API_TOKEN      a caller's token with the scopes tasks:read and tasks:write, where the stage is not open to everybody
AWS_ENDPOINT_URL    the local AWS that \`npm start\` prints, for --stage local`;

const MARKS = { ok: '✔', failed: '✘', skipped: '-' } as const;

/** The answer is the process's exit code. */
async function main(): Promise<number> {
	const { values } = parseArgs({
		options: {
			stage: { type: 'string' },
			region: { type: 'string', default: 'us-east-1' },
			help: { type: 'boolean' },
		},
	});
	if (values.help === true || values.stage === undefined) {
		console.log(USAGE);
		return values.help === true ? 0 : 1;
	}
	const { TASK_API_TOKEN } = parseConfig(DoctorEnvironment);
	const checks = doctorChecks({
		stage: parseStage(values.stage),
		deployed: createDeployedStage(values.region),
		token: TASK_API_TOKEN,
		wait: delay,
	});
	const healthy = await examine(checks, (name, outcome, detail) =>
		console.log(`${MARKS[outcome]} ${name.padEnd(12)} ${detail.replaceAll('\n', '\n  → ')}`),
	);
	return healthy ? 0 : 1;
}

try {
	process.exitCode = await main();
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
}
