import type { NewTask } from '../../tasks/create-task.ts';
import type { Workflow } from '../../workflows/define-workflow.ts';
import type { NewTaskBody } from './new-task-schema.ts';
import { parseTraceparent } from '../requests/traceparent.ts';

/** What comes with a new task beside its body. */
export interface NewTaskContext {
	readonly principal: string;
	readonly traceparent: string | undefined;
	readonly idempotencyKey: string | undefined;
	readonly workflows: Readonly<Record<string, Workflow>>;
}

/** The task that a client asks for, as the domain takes it. */
export function newTask({ type, data, tags = {} }: NewTaskBody, context: NewTaskContext): NewTask {
	const { principal, traceparent, idempotencyKey, workflows } = context;
	const { callback, largeData = false } = workflows[type] ?? {};
	const key = callback?.keyOf(data);
	return {
		principal,
		type,
		data,
		tags,
		largeData,
		...parseTraceparent(traceparent),
		...(idempotencyKey === undefined ? {} : { idempotencyKey }),
		...(callback === undefined || key === undefined
			? {}
			: { callback: { key, withinSeconds: callback.withinSeconds } }),
	};
}
