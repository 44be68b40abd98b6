import type { DeclaredErrors } from '../tasks/public-error.ts';
import type { TaskExecutions } from '../tasks/task-executions.ts';

/**
 * Creates the port to executions of accepted tasks. Its client of Step Functions is loaded on first use, since the API
 * needs none to create a task or to read one: 6 % of a cold start.
 */
export function createLazyExecutions(
	stateMachineArnPrefix: string,
	declaredErrors: (type: string) => DeclaredErrors,
): TaskExecutions {
	let opened: Promise<TaskExecutions> | undefined;
	const open = () =>
		(opened ??= import('./executions.ts').then(({ createSfnClient, createTaskExecutions }) =>
			createTaskExecutions(createSfnClient(), stateMachineArnPrefix, declaredErrors),
		));
	return {
		stop: async (task, reason) => (await open()).stop(task, reason),
		redrive: async (task) => (await open()).redrive(task),
		history: async (task) => (await open()).history(task),
		readData: async (task) => (await open()).readData(task),
	};
}
