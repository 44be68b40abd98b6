import type { Clock } from '../clock.ts';
import type { QueueClient, QueueMessage } from '../lambda/event-source-mapping.ts';
import type { FaultSwitches } from './fault-switches.ts';

/** How long a message that comes late is held back; less than any visibility timeout. */
const LATE_MS = 3000;

/** A queue whose messages come twice or late, as often as the switches say. */
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
			// What is held back must not wait for the end of a long poll besides.
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
