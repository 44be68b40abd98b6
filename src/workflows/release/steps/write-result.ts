import * as Type from 'typebox';
import { defineStep } from '../../define-step.ts';
import { Outcome, type ReleaseResult } from '../result.ts';
import type { WriteFiles } from '../write-files.ts';

/** Writes the files of a release that was approved, and gives its result with their keys. */
export function createWriteResult(writeFiles: WriteFiles) {
	return defineStep({
		input: Type.Object({ execution_arn: Type.String(), execution: Type.String(), result: Outcome }),
		async run({ execution_arn, execution, result }): Promise<ReleaseResult> {
			const outcome = 'outcome: SUCCEEDED';
			const { resultKey, logKey } = await writeFiles({
				executionArn: execution_arn,
				execution,
				result,
				outcome,
			});
			return { ...result, result_url: resultKey, log_url: logKey };
		},
	});
}
