import { parseArgs } from 'node:util';
import { checkStage } from './check-stage.ts';
import { explainAlarms } from './doctor/failure-modes.ts';

const USAGE = `npm run doctor -- --stage <stage> [--region us-east-1]
npm run doctor -- --explain alarms

Checks a deployed stage step by step: credentials, parameters, secrets, endpoint, and a greeting that runs to its end.
Each failed check says how to fix it. The exit code is 1 if one fails.

  --explain alarms    lists the failure modes, the alarms that fire, and the first step

TASK_API_TOKEN      a token with the scopes for reading and writing tasks, unless the stage has no authentication
AWS_ENDPOINT_URL    the local AWS that \`npm start\` prints, for --stage local`;

const MARKS = { ok: '✔', failed: '✘', skipped: '-' } as const;

/** Resolves to the exit code of the process. */
async function main(): Promise<number> {
	const { values } = parseArgs({
		options: {
			stage: { type: 'string' },
			region: { type: 'string', default: 'us-east-1' },
			explain: { type: 'string' },
			help: { type: 'boolean' },
		},
	});
	if (values.explain !== undefined) {
		if (values.explain !== 'alarms') throw new Error(`--explain must be alarms, got "${values.explain}".`);
		console.log(explainAlarms());
		return 0;
	}
	if (values.help === true || values.stage === undefined) {
		console.log(USAGE);
		return values.help === true ? 0 : 1;
	}
	const allPassed = await checkStage({
		stage: values.stage,
		region: values.region,
		report: (name, outcome, detail) =>
			console.log(`${MARKS[outcome]} ${name.padEnd(12)} ${detail.replaceAll('\n', '\n  → ')}`),
	});
	return allPassed ? 0 : 1;
}

try {
	process.exitCode = await main();
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
}
