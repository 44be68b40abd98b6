import type { Clock } from '../clock.ts';
import type { Json } from '../json.ts';
import type { FaultSwitches } from './fault-switches.ts';

/** Maximum delay of a shuffled event: long enough for a later event to overtake it. */
const MAX_DELAY_MS = 2000;

/** Drops, duplicates and delays status events at the rates of the switches. */
export function createFaultyEvents(
	publish: (event: Json) => Promise<void>,
	{ faults, clock, random }: { faults: FaultSwitches; clock: Clock; random: () => number },
): (event: Json) => Promise<void> {
	const publishOnce = async (event: Json) => {
		if (faults.happens('events.shuffle')) {
			clock.after(Math.floor(random() * MAX_DELAY_MS), () => void publish(event));
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
