import { setTimeout as delay } from 'node:timers/promises';
import * as Type from 'typebox';
import * as Value from 'typebox/value';
import type { InvokeResult } from './sandbox.ts';

/** An SQS message with the member names of a Lambda event. */
export interface QueueMessage {
	readonly messageId: string;
	readonly receiptHandle: string;
	readonly body: string;
	readonly md5OfBody: string;
	readonly attributes: Readonly<Record<string, string>>;
	readonly messageAttributes: Readonly<Record<string, unknown>>;
}

/** The queue that a mapping reads. */
export interface QueueClient {
	receive(query: { max: number; waitSeconds: number; signal: AbortSignal }): Promise<QueueMessage[]>;
	remove(receiptHandles: readonly string[]): Promise<void>;
}

/** The properties of an event source mapping. */
export interface EventSourceMappingSettings {
	readonly functionName: string;
	readonly queueArn: string;
	readonly region: string;
	readonly batchSize: number;
	readonly batchWindowSeconds: number;
	readonly maximumConcurrency: number;
	readonly reportBatchItemFailures: boolean;
}

/** Dependencies of {@link startEventSourceMapping}. */
export interface EventSourceMappingDependencies {
	readonly queue: QueueClient;
	readonly invoke: (functionName: string, payload: string) => Promise<InvokeResult>;
	readonly onError: (error: unknown) => void;
}

/** A running event source mapping. */
export interface EventSourceMapping {
	/** Stops polling and waits for the invocations in flight. */
	close(): Promise<void>;
}

/** Maximum number of messages per SQS receive. */
const MAX_RECEIVED = 10;
const LONG_POLL_SECONDS = 20;
const AFTER_ERROR_MS = 1000;

/** Polls a queue and invokes a function with each batch until it is closed, as Lambda's event source mapping does. */
export function startEventSourceMapping(
	settings: EventSourceMappingSettings,
	dependencies: EventSourceMappingDependencies,
): EventSourceMapping {
	const { queue, onError } = dependencies;
	const closing = new AbortController();
	const inFlight = new Set<Promise<void>>();

	const loop = async () => {
		while (!closing.signal.aborted) {
			if (inFlight.size >= settings.maximumConcurrency) await Promise.race(inFlight);
			try {
				const batch = await gather(queue, settings, closing.signal);
				if (batch.length === 0) continue;
				const handling = handleBatch(batch, settings, dependencies)
					.catch(onError)
					.finally(() => inFlight.delete(handling));
				inFlight.add(handling);
			} catch (error) {
				if (closing.signal.aborted) return;
				onError(error);
				await delay(AFTER_ERROR_MS, undefined, { signal: closing.signal }).catch(() => undefined);
			}
		}
	};
	const polling = loop();
	return {
		async close() {
			closing.abort();
			await polling;
			await Promise.allSettled(inFlight);
		},
	};
}

/** One batch: a single receive, or as many as fill it within the window. */
async function gather(
	queue: QueueClient,
	{ batchSize, batchWindowSeconds }: EventSourceMappingSettings,
	signal: AbortSignal,
): Promise<QueueMessage[]> {
	const batch = await queue.receive({
		max: Math.min(batchSize, MAX_RECEIVED),
		waitSeconds: LONG_POLL_SECONDS,
		signal,
	});
	for (
		let waited = 0;
		batch.length > 0 && batch.length < batchSize && waited < batchWindowSeconds && !signal.aborted;
		waited++
	) {
		batch.push(
			...(await queue.receive({
				max: Math.min(batchSize - batch.length, MAX_RECEIVED),
				waitSeconds: 1,
				signal,
			})),
		);
	}
	return batch;
}

async function handleBatch(
	batch: readonly QueueMessage[],
	settings: EventSourceMappingSettings,
	{ queue, invoke }: EventSourceMappingDependencies,
): Promise<void> {
	const { functionName, queueArn, region, reportBatchItemFailures } = settings;
	const records = batch.map((message) => ({
		...message,
		eventSource: 'aws:sqs',
		eventSourceARN: queueArn,
		awsRegion: region,
	}));
	const result = await invoke(functionName, JSON.stringify({ Records: records }));
	const failed = result.ok
		? failedIds(reportBatchItemFailures ? result.payload : 'null', batch)
		: batch.map(({ messageId }) => messageId);
	const done = batch.filter(({ messageId }) => !failed.includes(messageId));
	if (done.length > 0) await queue.remove(done.map(({ receiptHandle }) => receiptHandle));
}

const BatchAnswer = Type.Union([
	Type.Null(),
	Type.Object({
		batchItemFailures: Type.Optional(
			Type.Union([Type.Null(), Type.Array(Type.Object({ itemIdentifier: Type.String({ minLength: 1 }) }))]),
		),
	}),
]);

/** Returns the failed messages of a batch: all of them if the response is invalid or names an unknown message. */
function failedIds(payload: string, batch: readonly QueueMessage[]): string[] {
	const all = batch.map(({ messageId }) => messageId);
	const answer: unknown = JSON.parse(payload);
	if (typeof answer === 'string' && answer === '') return [];
	if (!Value.Check(BatchAnswer, answer)) return all;
	const named = namedIn(answer);
	return named.every((id) => all.includes(id)) ? named : all;
}

function namedIn(answer: Type.Static<typeof BatchAnswer>): string[] {
	return answer?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier) ?? [];
}
