import type { Log, LogFields } from '../tasks/log.ts';

/** One message of a queue, as its consumer sees it. */
export interface QueueMessage {
	readonly body: string;
	/** W3C trace context of the request that created the task. */
	readonly traceparent?: string;
	/** Adds fields to every later log line of this message, its failure included, and returns that log. */
	readonly identify: (fields: LogFields) => Log;
}

/** Handles one message. A rejection makes the queue deliver it again, and in the end moves it to the dead-letter queue. */
export type HandleMessage = (message: QueueMessage) => Promise<void>;
