import type * as Api from './api-types.ts';

/** A task. Its `type` determines the type of its `result`. */
export type Task = Api.Task;

/** The task types that the API had when this client was generated. */
export type TaskTypeName = Task['type'];

/** The status of a task. */
export type TaskStatus = Task['status'];

/** A name of a task type: a known one, or any text for a type that this client does not know. */
export type AnyTaskTypeName = TaskTypeName | (string & {});

/** The task of a type; any task for a type that is not known at compile time. */
export type TaskOf<Type extends string> = string extends Type ? Task : Extract<Task, { type: Type }>;

/** The `data` of a type; `unknown` for a type that is not known at compile time. */
export type DataOf<Type extends string> = string extends Type
	? unknown
	: Extract<Api.NewTask, { type: Type }>['data'];

/** The `result` of a type. */
export type ResultOf<Type extends string> = NonNullable<TaskOf<Type>['result']>;

/** A task to create. */
export type NewTaskOf<Type extends string> = Omit<Api.NewTask, 'type' | 'data'> & {
	readonly type: Type;
	readonly data: DataOf<Type>;
};

/** A task of a batch. */
export type BatchedTask = Api.BatchedTask;

/** The outcome of one task of a batch: the task, or the problem that rejected it. */
export type TaskBatchResult = Api.TaskBatchResult;

/** One visit to a state of the task's state machine. */
export type TaskEvent = Api.TaskEvent;

/** A task type with its JSON Schemas and its state machine. */
export type TaskType = Api.TaskType;

/** A page of tasks. */
export type TaskList = Api.TaskList;

/** One error of a rejected request, with the path of the member. */
export type ValidationFault = Api.ValidationFault;

/** The status and the version of the service. */
export type Health = Api.Health;

/** An answer to a callback. */
export type CallbackAnswer = Api.CallbackAnswer;

/** The callback that a task waits for, with its answer once it has one. */
export type Callback = Api.Callback;

/** A filter of the list of tasks, and the size of its pages. */
export type TaskFilter = Omit<NonNullable<Api.paths['/v1/tasks']['get']['parameters']['query']>, 'cursor'>;

const FINAL_STATUSES: ReadonlySet<TaskStatus> = new Set(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']);

/** Returns whether a task has finished: only a redrive changes its status again. */
export function isFinished({ status }: Pick<Task, 'status'>): boolean {
	return FINAL_STATUSES.has(status);
}
