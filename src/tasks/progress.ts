import * as Type from 'typebox';
import type { TaskIncarnation } from './task.ts';

/** How far a running task is, as its workflow tells it. */
export const Progress = Type.Object({
	percent: Type.Integer({ minimum: 0, maximum: 100, description: 'Never falls while the task runs.' }),
	/** Short, since it is kept in the row. */
	message: Type.String({ maxLength: 200, description: 'For people.', examples: ['420 of 1000 channels'] }),
});

export type Progress = Type.Static<typeof Progress>;

/** The least time between two reports that are kept, so that a busy workflow cannot make its task's row a hot one. */
export const PROGRESS_INTERVAL_MS = 1000;

/** Where a workflow's steps tell how far a task is. A report that is not kept is no failure: the next one says more. */
export interface ProgressReporter {
	report(task: TaskIncarnation, progress: Progress): Promise<void>;
}
