import * as Type from 'typebox';
import type { Task } from '../../tasks/task.ts';
import { ProblemError } from '../problems/problem.ts';

/** The path of a task and of what belongs to it. */
export const TaskParams = Type.Object({
	task_id: Type.String({
		pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
		format: 'uuid',
		description: 'A task’s id, as its creation answered it.',
	}),
});

type Absent = { readonly kind: 'gone' } | { readonly kind: 'missing' };

/** The task that was found. Throws the 404 or 410 where there is none, or none any more. */
export function foundTask(outcome: { readonly kind: 'found'; readonly task: Task } | Absent): Task {
	if (outcome.kind === 'found') return outcome.task;
	throw absentTask(outcome);
}

export function absentTask({ kind }: Absent): ProblemError {
	return kind === 'gone'
		? new ProblemError('gone', 'The task has expired.')
		: new ProblemError('not-found', 'There is no task of this id.');
}
