import * as Type from 'typebox';
import { type Callback, type CallbackId, isOfTask, workflowAnswer } from '../../../tasks/callbacks.ts';
import { defineStep, StepError } from '../../define-step.ts';

export interface TakeEarlyAnswerDependencies {
	readonly findCallback: (id: CallbackId) => Promise<Callback | undefined>;
}

/** The answer that was kept for the release, in the form in which one that comes later resumes it. */
export function createTakeEarlyAnswer({ findCallback }: TakeEarlyAnswerDependencies) {
	return defineStep({
		input: Type.Object({ story_id: Type.String() }),
		async run({ story_id }, { task }) {
			const callback = await findCallback({ principal: task.principal, callbackKey: story_id });
			if (callback?.answer === undefined || !isOfTask(callback, task))
				throw new StepError('CallbackLost', `The answer for ${story_id} is not there.`);
			return workflowAnswer(callback.answer);
		},
	});
}
