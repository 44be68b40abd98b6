import type { SqsBatchResponse } from '../../src/aws/sqs-handler.ts';
import type { World } from './faulty-world.ts';

export interface SimulatedQueue {
	readonly send: (body: string) => void;
	/** Every body that was ever sent. */
	readonly sent: readonly string[];
	/** What came back though nothing was wrong with it nor with the world. */
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
const MOST_RECEIVES = 5;
const LARGEST_BATCH = 4;

/** A body that no function can read; the seed decides whether it is no JSON or the wrong JSON. */
const POISON = ['{', '{"task_id":1}', 'null'] as const;

export interface SimulatedQueueSettings extends Omit<World, 'trace'> {
	/** One invocation of the function that reads the queue. */
	readonly handle: (records: readonly SqsRecord[]) => Promise<SqsBatchResponse>;
	/** Told of a body that was received too often; where there is nobody to tell, it comes again for ever. */
	readonly onDead?: (body: string) => void;
}

/** A queue as SQS is: at least once, in no order, in batches of which some records may come back. */
export function createSimulatedQueue(settings: SimulatedQueueSettings): SimulatedQueue {
	const { time, chance, areFaultsOver, handle, onDead } = settings;
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
		while (available.length > 0 && batch.length < LARGEST_BATCH)
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
			if (onDead !== undefined && message.receives >= MOST_RECEIVES) onDead(body);
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
