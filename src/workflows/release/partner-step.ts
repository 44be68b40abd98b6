import { defineStep } from '../define-step.ts';
import { ReleaseInput } from './input.ts';

/** A step that asks one partner for its part of the release, once for each task. `PartnerError` where it does not do it. */
export function createPartnerStep(
	state: string,
	call: (release: ReleaseInput, idempotencyKey: string) => Promise<unknown>,
) {
	return defineStep({
		input: ReleaseInput,
		run: (release, { taskId }) => call(release, `${taskId}/${state}`),
	});
}
