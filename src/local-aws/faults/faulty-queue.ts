import type { Clock } from '../clock.ts';
import type { QueueClient, QueueMessage } from '../lambda/event-source-mapping.ts';
import type { FaultSwitches } from './fault-switches.ts';

/** Delay of a held message; less than any visibility timeout. */
const LATE_MS = 3000;

/** Duplicates and delays messages at the rates of the switches. */
export function createFaultyQueue(
	queue: QueueClient,
	{ faults, clock }: { faults: FaultSwitches; clock: Clock },
): QueueClient {
	let held = 0;
	const late: QueueMessage[] = [];
	const hold = (message: QueueMessage) => {
		held += 1;
		clock.after(LATE_MS, () => void late.push(message));
	};
	return {
		...queue,
		async receive(query) {
			const due = late.splice(0);
			held -= due.length;
			if (due.length > 0) return due;
			// A long poll would delay the held messages further.
			const received = await queue.receive(held > 0 ? { ...query, waitSeconds: 1 } : query);
			const messages = received.filter((message) => {
				if (!faults.happens('sqs.delay')) return true;
				hold(message);
				return false;
			});
			return [...messages, ...messages.filter(() => faults.happens('sqs.duplicate'))];
		},
	};
}
