import { MAX_DELAY_SECONDS, startClients } from './clients.ts';
import { createChance, SERVICES, type Service, type World } from './faulty-world.ts';
import { findViolations } from './invariants.ts';
import { createSimulatedService, type SimulatedService } from './simulated-service.ts';
import { createVirtualTime } from './virtual-time.ts';

const START_MS = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

/** The principals with a webhook, and its id. */
const SUBSCRIBED = { ada: 'webhook-1', bob: 'webhook-2' };

/** The longest duration of a simulated workflow. */
const MAX_EXECUTION_MS = 30 * MINUTE;

/** The longest interval between two checks of a task. */
const MAX_CHECK_INTERVAL_MS = 15 * MINUTE;

/** The longest time that a service is down. */
const MAX_OUTAGE_MS = 60 * MINUTE;

/** Minutes that the reconciler needs for all rows of a seed, at its simulated capacity. */
const BACKLOG_MS = 3 * MINUTE;

/**
 * Lets clients use the service while everything fails that the seed has in store, then lets two reconcile periods pass
 * without faults. Returns the violated guarantees, none if the service is right. A seed is the same run each time.
 */
export async function simulate(seed: number, trace?: (event: string) => void): Promise<string[]> {
	const time = createVirtualTime(START_MS);
	let faultsEndMs = Number.POSITIVE_INFINITY;
	const areFaultsOver = () => time.now() >= faultsEndMs;
	const chance = createChance(seed, areFaultsOver);
	const faultsForMs = chance.between(MINUTE / 2, 10 * MINUTE);
	const outages = planOutages(chance);
	const lastOutageEndsMs = Math.max(0, ...[...outages.values()].map(({ toMs }) => toMs));
	faultsEndMs = Math.max(START_MS + faultsForMs, lastOutageEndsMs);
	const broken = chance.decides(0.2) ? chance.pick(['starter', 'listener', 'dead-letters']) : undefined;
	const brokenFromMs = START_MS + chance.between(0, faultsForMs / 2);
	const unreadableDigit = chance.decides(0.1) ? chance.between(0, 15).toString(16) : undefined;
	const world: World = {
		time,
		chance,
		areFaultsOver,
		isBroken: (name) => name === broken && time.now() >= brokenFromMs && !areFaultsOver(),
		isDown(service) {
			const outage = outages.get(service);
			return outage !== undefined && time.now() >= outage.fromMs && time.now() < outage.toMs;
		},
		// The 15th digit of an id is random, in a UUIDv7 and in a UUIDv8.
		isUnreadable: (taskId) => taskId[15] === unreadableDigit && !areFaultsOver(),
		trace: (event) => trace?.(`${((time.now() - START_MS) / 1000).toFixed(3)} ${event()}`),
	};
	const service = createSimulatedService(world);
	for (const [principal, webhookId] of Object.entries(SUBSCRIBED))
		await service.subscribe(principal, webhookId);
	startReconciler(world, service);
	const observed = startClients(world, service, START_MS + faultsForMs);
	const checkIntervalMs = Math.min(
		MAX_CHECK_INTERVAL_MS,
		Math.max(MINUTE, (faultsEndMs - START_MS + MAX_EXECUTION_MS) / 2),
	);
	await time.runUntil(
		faultsEndMs +
			2 * (checkIntervalMs + MINUTE) +
			BACKLOG_MS +
			MAX_EXECUTION_MS +
			(MAX_DELAY_SECONDS + 1) * 1000,
	);
	return findViolations(world, service, observed, faultsEndMs);
}

/** Throttles about one service in twelve for up to an hour. */
function planOutages({ decides, between }: World['chance']): Map<Service, { fromMs: number; toMs: number }> {
	return new Map(
		SERVICES.filter(() => decides(0.08)).map((service) => {
			const fromMs = START_MS + between(0, 5 * MINUTE);
			return [service, { fromMs, toMs: fromMs + between(MINUTE, MAX_OUTAGE_MS) }];
		}),
	);
}

/** Runs the reconciler once a minute, and sometimes two of it at once. */
function startReconciler({ time, chance }: World, service: SimulatedService): void {
	const run = () => {
		for (let together = chance.decides(0.1) ? 2 : 1; together > 0; together--) {
			void service.reconcile().catch(() => undefined);
			void service.dispatch().catch(() => undefined);
		}
		time.after(MINUTE, run);
	};
	time.after(chance.between(0, MINUTE), run);
}
