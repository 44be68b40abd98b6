import * as Type from 'typebox';
import { defineStep } from '../../define-step.ts';
import type { Notify } from '../notify.ts';

/** Tells the notification topic and Slack of a greeting that was made. */
export function createNotifySuccess(notify: Notify) {
	return defineStep({
		input: Type.Object({ message: Type.String() }),
		async run({ message }, { taskId }) {
			await notify({ taskId, outcome: 'succeeded', text: message });
			return { notified: true } as const;
		},
	});
}
