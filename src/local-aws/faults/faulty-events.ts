import type { Clock } from '../clock.ts';
import type { Json } from '../json.ts';
import type { FaultSwitches } from './fault-switches.ts';

/** How late a shuffled event comes, at most: later than what is told of the same execution a moment after it. */
const LATEST_MS = 2000;

/** Status events that are lost, come twice or come late, as often as the switches say. */
export function createFaultyEvents(
	publish: (event: Json) => Promise<void>,
	{ faults, clock, random }: { faults: FaultSwitches; clock: Clock; random: () => number },
): (event: Json) => Promise<void> {
	const publishOnce = async (event: Json) => {
		if (faults.happens('events.shuffle')) {
			clock.after(Math.floor(random() * LATEST_MS), () => void publish(event));
			return;
		}
		await publish(event);
	};
	return async (event) => {
		if (faults.happens('events.drop')) return;
		const times = faults.happens('events.duplicate') ? 2 : 1;
		await Promise.all(Array.from({ length: times }, () => publishOnce(event)));
	};
}
