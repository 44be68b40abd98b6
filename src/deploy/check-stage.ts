import { setTimeout as delay } from 'node:timers/promises';
import { createDeployedStage } from '../aws/deployed-stage.ts';
import { DoctorEnvironment, parseConfig } from '../config.ts';
import { createStageChecks, type ReportCheck, runChecks } from './doctor/stage-checks.ts';
import { parseStage } from './stage.ts';

/** The stage to check. */
export interface StageCheck {
	readonly stage: string;
	readonly region: string;
	/** A caller's token. Default: `TASK_API_TOKEN` of the environment. */
	readonly token?: string | undefined;
	/** Receives the outcome of each check. */
	readonly report: ReportCheck;
}

/** Checks a deployed stage. Resolves to `true` if all checks pass. @throws if the name of the stage is unknown. */
export async function checkStage({ stage, region, token, report }: StageCheck): Promise<boolean> {
	const checks = createStageChecks({
		stage: parseStage(stage),
		deployed: createDeployedStage(region),
		token: token ?? parseConfig(DoctorEnvironment).TASK_API_TOKEN,
		wait: delay,
	});
	return runChecks(checks, report);
}
