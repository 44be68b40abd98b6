import { type ClaimStore, claimedKey } from './claim-check.ts';
import type { CreateTaskOutcome, NewTask } from './create-task.ts';
import type { GetTaskOutcome } from './read-task.ts';
import { isTerminal, type Task, type TaskKey } from './task.ts';
import type { TaskExecutions } from './task-executions.ts';

/** The result of a request to rerun a task: that of creating the new one, or the state of the original. */
export type RerunTaskOutcome =
	| CreateTaskOutcome
	/** The original is still open. */
	| { readonly kind: 'open' }
	| Exclude<GetTaskOutcome, { readonly kind: 'found' }>;

/** The ports and functions that rerunning a task needs. */
export interface RerunTaskDependencies {
	readonly getTask: (key: TaskKey) => Promise<GetTaskOutcome>;
	readonly executions: Pick<TaskExecutions, 'readData'>;
	readonly claims: Pick<ClaimStore, 'get'>;
	/** Returns the members of a new task that its type and data determine. */
	readonly describeTask: (type: string, data: unknown) => Pick<NewTask, 'callback' | 'largeData'>;
	readonly createTask: (request: NewTask) => Promise<CreateTaskOutcome>;
}

/** The members of a new task that the request to rerun determines. */
export type RerunContext = Pick<NewTask, 'idempotencyKey' | 'traceparent'>;

/**
 * Creates a function that creates a new task with the type, data and tags of a finished one. The data is in the input
 * of the execution, so that rows stay small; only a task that never started has it in its row.
 */
export function createTaskRerunner(dependencies: RerunTaskDependencies) {
	const { getTask, describeTask, createTask } = dependencies;
	return async (
		key: TaskKey,
		{ traceparent, idempotencyKey }: RerunContext = {},
	): Promise<RerunTaskOutcome> => {
		const outcome = await getTask(key);
		if (outcome.kind !== 'found') return outcome;
		const { task } = outcome;
		if (!isTerminal(task.status)) return { kind: 'open' };
		const data = await readData(dependencies, task);
		return createTask({
			principal: task.principal,
			type: task.type,
			data,
			tags: task.tags,
			rerunOf: task.taskId,
			...(traceparent === undefined ? {} : { traceparent }),
			...(idempotencyKey === undefined ? {} : { idempotencyKey }),
			...describeTask(task.type, data),
		});
	};
}

async function readData({ executions, claims }: RerunTaskDependencies, task: Task): Promise<unknown> {
	let { data } = task;
	if (!('data' in task)) {
		const input = await executions.readData(task);
		if (input === undefined) throw new Error(`Task ${task.taskId} has neither data nor an execution.`);
		({ data } = input);
	}
	const objectKey = claimedKey(data, task);
	return objectKey === undefined ? data : JSON.parse(await claims.get(objectKey));
}
