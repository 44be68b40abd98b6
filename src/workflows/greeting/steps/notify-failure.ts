import * as Type from 'typebox';
import { defineStep } from '../../define-step.ts';
import type { Notify } from '../notify.ts';

/** Tells the notification topic and Slack of a greeting that failed. */
export function createNotifyFailure(notify: Notify) {
	return defineStep({
		input: Type.Object({ name: Type.String(), error: Type.String() }),
		async run({ name, error }, { taskId }) {
			await notify({ taskId, outcome: 'failed', text: `The greeting of ${name} failed: ${error}` });
			return { notified: true } as const;
		},
	});
}
