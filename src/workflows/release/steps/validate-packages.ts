import { defineStep, StepError } from '../../define-step.ts';
import { ReleaseInput } from '../input.ts';
import type { ReleasePartners } from '../partners.ts';

/** Asks whether the packages may go. `PackagesInvalid` where one may not; `PartnerError` where the partner does not say. */
export function createValidatePackages({ validatePackages }: Pick<ReleasePartners, 'validatePackages'>) {
	return defineStep({
		input: ReleaseInput,
		async run(release, { taskId }) {
			const validation = await validatePackages(release, { idempotencyKey: `${taskId}/ValidatePackages` });
			const [problem] = validation.problems;
			if (!validation.valid)
				throw new StepError(
					'PackagesInvalid',
					problem === undefined ? 'The packages are not valid.' : `${problem.package_id}: ${problem.message}`,
				);
			return validation;
		},
	});
}
