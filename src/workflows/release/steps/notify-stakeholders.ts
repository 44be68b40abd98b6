import { defineStep } from '../../define-step.ts';
import { ReleaseInput } from '../input.ts';
import type { ReleasePartners } from '../partners.ts';

/** Has the stakeholders told, once for each task. `PartnerError` where the partner does not do it. */
export function createNotifyStakeholders({
	notifyStakeholders,
}: Pick<ReleasePartners, 'notifyStakeholders'>) {
	return defineStep({
		input: ReleaseInput,
		run: ({ story_id, environment }, { taskId }) =>
			notifyStakeholders({ story_id, environment }, { idempotencyKey: `${taskId}/NotifyStakeholders` }),
	});
}
