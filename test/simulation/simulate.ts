import { startClients } from './clients.ts';
import { createChance, type World } from './faulty-world.ts';
import { whatDoesNotHold } from './invariants.ts';
import { createSimulatedService, type SimulatedService } from './simulated-service.ts';
import { createVirtualTime } from './virtual-time.ts';

const START_MS = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

/** The longest that a workflow of the simulation takes. */
const LONGEST_EXECUTION_MS = 200_000;

/**
 * Lets clients use the service while everything goes wrong that the seed has in store, then lets two periods of the
 * reconciler pass in peace. Gives what does not hold then: nothing, if the service is right. The same seed, the same run.
 */
export async function simulate(seed: number, trace?: (event: string) => void): Promise<string[]> {
	const time = createVirtualTime(START_MS);
	let faultsEndMs = Number.POSITIVE_INFINITY;
	const areFaultsOver = () => time.now() >= faultsEndMs;
	const chance = createChance(seed, areFaultsOver);
	const faultsForMs = chance.between(MINUTE / 2, 10 * MINUTE);
	faultsEndMs = START_MS + faultsForMs;
	const broken = chance.decides(0.2) ? chance.pick(['starter', 'listener', 'dead-letters']) : undefined;
	const brokenFromMs = START_MS + chance.between(0, faultsForMs / 2);
	const world: World = {
		time,
		chance,
		areFaultsOver,
		isBroken: (name) => name === broken && time.now() >= brokenFromMs && !areFaultsOver(),
		trace: (event) => trace?.(`${((time.now() - START_MS) / 1000).toFixed(3)} ${event()}`),
	};
	const service = createSimulatedService(world);
	startReconciler(world, service);
	const told = startClients(world, service, faultsEndMs);
	// A task is looked at once in a period, and that is a minute, or half of its age where that is longer.
	const periodMs = Math.max(MINUTE, faultsForMs / 2) + MINUTE;
	await time.runUntil(faultsEndMs + 2 * periodMs + LONGEST_EXECUTION_MS);
	return whatDoesNotHold(world, service, told);
}

/** Once a minute, now and then by two functions at once. */
function startReconciler({ time, chance }: World, service: SimulatedService): void {
	const run = () => {
		for (let together = chance.decides(0.1) ? 2 : 1; together > 0; together--)
			void service.reconcile().catch(() => undefined);
		time.after(MINUTE, run);
	};
	time.after(chance.between(0, MINUTE), run);
}
