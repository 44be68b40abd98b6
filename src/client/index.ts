export type { CallbackMethods, CallbackOptions } from './callback-methods.ts';
export {
	type CallOptions,
	type ClientOptions,
	type CreateOptions,
	createClient,
	type TaskClient,
	type TaskReference,
} from './client.ts';
export type { Runtime } from './runtime.ts';
export { type ClientErrorCode, TaskApiError } from './task-api-error.ts';
export {
	type AnyTaskTypeName,
	type BatchedTask,
	type Callback,
	type CallbackAnswer,
	type DataOf,
	type Health,
	isFinished,
	type NewTaskOf,
	type ResultOf,
	type Task,
	type TaskBatchResult,
	type TaskEvent,
	type TaskFilter,
	type TaskList,
	type TaskOf,
	type TaskStatus,
	type TaskType,
	type TaskTypeName,
	type ValidationFault,
} from './task-types.ts';
export type { WaitForTask, WaitOptions } from './wait.ts';
