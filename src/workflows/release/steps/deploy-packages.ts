import { defineStep } from '../../define-step.ts';
import { ReleaseInput } from '../input.ts';
import type { ReleasePartners } from '../partners.ts';

/** Has the packages deployed, once for each task. `PartnerError` where the partner does not do it. */
export function createDeployPackages({ deployPackages }: Pick<ReleasePartners, 'deployPackages'>) {
	return defineStep({
		input: ReleaseInput,
		run: (release, { taskId }) => deployPackages(release, { idempotencyKey: `${taskId}/DeployPackages` }),
	});
}
