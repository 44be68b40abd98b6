import * as Type from 'typebox';
import { publicError } from '../../../tasks/public-error.ts';
import { defineStep } from '../../define-step.ts';
import type { WriteFiles } from '../write-files.ts';

const Failure = Type.Object({
	story_id: Type.String(),
	environment: Type.String(),
	error: Type.Object({ code: Type.String(), cause: Type.String() }),
});

/** Writes the files of a release that failed; the task's own error says why, in the same words. */
export function createWriteFailure(writeFiles: WriteFiles) {
	return defineStep({
		input: Type.Object({ execution_arn: Type.String(), execution: Type.String(), result: Failure }),
		async run({ execution_arn, execution, result }) {
			const { code, cause } = result.error;
			const error = publicError({ error: code, cause });
			await writeFiles({
				executionArn: execution_arn,
				execution,
				result: { ...result, error },
				outcome: `outcome: FAILED  ${error.code}  ${error.message}`,
			});
			return {};
		},
	});
}
