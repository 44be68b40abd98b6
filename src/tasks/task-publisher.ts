import type { TaskMessage } from './task-message.ts';

/** Hands an accepted task on to be started, at least once. */
export interface TaskPublisher {
	/** `traceparent` (W3C) travels beside the message: inside, it would make two starts of one task differ. */
	publish(message: TaskMessage, traceparent: string | undefined): Promise<void>;
}
