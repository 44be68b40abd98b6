import type { SqsBatchResponse } from '../../src/aws/sqs-handler.ts';
import type { World } from './faulty-world.ts';

/** A simulated queue. */
export interface SimulatedQueue {
	readonly send: (body: string) => void;
	/** Every body that was sent. */
	readonly sent: readonly string[];
	/** Valid bodies that failed while no faults were active. */
	readonly innocentFailures: readonly string[];
}

/** A message as Lambda's event source mapping passes it to a function. */
export interface SqsRecord {
	readonly messageId: string;
	readonly body: string;
	readonly messageAttributes: Readonly<Record<string, never>>;
}

interface Message {
	readonly record: SqsRecord;
	receives: number;
}

const VISIBILITY_MS = 60_000;
const MAX_RECEIVES = 5;
const MAX_BATCH_SIZE = 4;

/** Malformed bodies: invalid JSON, and JSON of another shape. */
const POISON = ['{', '{"task_id":1}', 'null'] as const;

/** The settings of a simulated queue. */
export interface SimulatedQueueSettings extends Pick<World, 'time' | 'chance' | 'areFaultsOver'> {
	/** Invokes the function that consumes the queue. */
	readonly handle: (records: readonly SqsRecord[]) => Promise<SqsBatchResponse>;
	/** Receives a body that failed too often. Without it, the message is delivered again without limit. */
	readonly onDeadLetter?: (body: string) => void;
}

/** Creates a queue that behaves like SQS: at least once, in no order, in batches that may fail in part. */
export function createSimulatedQueue(settings: SimulatedQueueSettings): SimulatedQueue {
	const { time, chance, areFaultsOver, handle, onDeadLetter } = settings;
	const available: Message[] = [];
	const sent: string[] = [];
	const innocentFailures: string[] = [];
	let messages = 0;

	const arrive = (body: string) => {
		const messageId = `message-${messages++}`;
		offer({ record: { messageId, body, messageAttributes: {} }, receives: 0 }, 0);
	};
	const offer = (message: Message, afterMs: number) =>
		time.after(afterMs, () => {
			available.push(message);
			time.after(chance.between(0, 500), () => void receive());
		});

	async function receive(): Promise<void> {
		const batch: Message[] = [];
		while (available.length > 0 && batch.length < MAX_BATCH_SIZE)
			batch.push(...available.splice(chance.between(0, available.length - 1), 1));
		if (batch.length === 0) return;
		for (const message of batch) message.receives++;
		const isQuiet = areFaultsOver();
		const failed = await handle(batch.map(({ record }) => record)).then(
			({ batchItemFailures }) => new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)),
			() => new Set(batch.map(({ record }) => record.messageId)),
		);
		for (const message of batch) {
			const { body, messageId } = message.record;
			if (!failed.has(messageId)) continue;
			if (isQuiet && !POISON.some((poison) => poison === body)) innocentFailures.push(body);
			if (onDeadLetter !== undefined && message.receives >= MAX_RECEIVES) onDeadLetter(body);
			else offer(message, VISIBILITY_MS);
		}
	}

	return {
		sent,
		innocentFailures,
		send(body) {
			sent.push(body);
			const copies = chance.happens('duplicate') ? 2 : 1;
			for (let copy = 0; copy < copies; copy++)
				time.after(chance.happens('late') ? chance.between(10_000, 400_000) : chance.between(0, 200), () =>
					arrive(body),
				);
			if (chance.happens('poison')) arrive(chance.pick(POISON));
		},
	};
}
