import * as Type from 'typebox';
import type { AwaitCallbackOutcome, AwaitedCallback } from '../../../tasks/callbacks.ts';
import { defineStep, StepError } from '../../define-step.ts';
import { APPROVAL_SECONDS } from '../workflow.ts';

export interface AwaitApprovalDependencies {
	readonly awaitCallback: (
		callback: AwaitedCallback & { readonly token: string },
	) => Promise<AwaitCallbackOutcome>;
	readonly now: () => number;
}

/**
 * Keeps the execution's token under the story, so that whoever answers resumes it. `CallbackKeyInUse` where another
 * release of the story waits; `CallbackAnsweredEarly` where the answer is there already, and nobody will come again.
 */
export function createAwaitApproval({ awaitCallback, now }: AwaitApprovalDependencies) {
	return defineStep({
		input: Type.Object({ story_id: Type.String(), token: Type.String() }),
		async run({ story_id, token }, { task }) {
			const deadlineAtMs = now() + APPROVAL_SECONDS * 1000;
			const { kind } = await awaitCallback({ task, callbackKey: story_id, deadlineAtMs, token });
			switch (kind) {
				case 'waiting':
					return {};
				case 'answered':
					throw new StepError('CallbackAnsweredEarly', 'The release was answered before it waited.');
				case 'in-use':
					throw new StepError('CallbackKeyInUse', `Another release of ${story_id} is under way.`);
			}
		},
	});
}
