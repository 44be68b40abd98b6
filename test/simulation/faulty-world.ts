import { createRandom } from '../../src/local-aws/faults/random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What goes wrong while the faults last; each seed has its own rates, 0 for about half of them. */
export const FAULTS = [
	/** The process dies, at any of its awaits. */
	'crash',
	/** A call or the network takes many seconds. */
	'stall',
	/** A service refuses a call. */
	'refused',
	/** A service does what it is asked, its answer is lost, and the SDK asks once more. */
	'asked-twice',
	/** A service does what it is asked, and the caller never hears of it. */
	'unheard',
	/** A message or an event comes twice, */
	'duplicate',
	/** minutes late, */
	'late',
	/** or never: which only an event may. */
	'dropped',
	/** A message that nobody can read comes along. */
	'poison',
] as const;

export type Fault = (typeof FAULTS)[number];

/** Everything that is left to chance, all of it decided by the seed. */
export interface Chance {
	/** Whether the fault happens this time; never once the faults are over. */
	readonly happens: (fault: Fault) => boolean;
	/** Whether a client does something, of itself. */
	readonly decides: (probability: number) => boolean;
	/** A whole number, both ends included. */
	readonly between: (least: number, most: number) => number;
	readonly pick: <const Item>(items: readonly [Item, ...Item[]]) => Item;
	/** A UUIDv4. */
	readonly uuid: () => string;
}

export function createChance(seed: number, areFaultsOver: () => boolean): Chance {
	const random = createRandom(seed);
	const rates = new Map(
		FAULTS.map((fault) => [fault, random() < 0.5 ? 0 : random() * (fault === 'crash' ? 0.08 : 0.25)]),
	);
	const chance: Chance = {
		happens: (fault) => !areFaultsOver() && random() < (rates.get(fault) ?? 0),
		decides: (probability) => random() < probability,
		between: (least, most) => least + Math.floor(random() * (most - least + 1)),
		pick: (items) => items[chance.between(0, items.length - 1)] ?? items[0],
		uuid() {
			const digits = Array.from({ length: 15 }, () => chance.between(0, 15).toString(16)).join('');
			return `00000000-0000-4${digits.slice(0, 3)}-8${digits.slice(3, 6)}-${digits.slice(6)}000`;
		},
	};
	return chance;
}

/** One run of the simulation: what everything in it happens in. */
export interface World {
	readonly time: VirtualTime;
	readonly chance: Chance;
	/** Once they are, everything works, and at once. */
	readonly areFaultsOver: () => boolean;
	/** Whether nothing that the function does succeeds now, as after a bad deploy. */
	readonly isBroken: (functionName: string) => boolean;
	/** Told of everything that happens, for whoever replays a seed. */
	readonly trace: (event: () => string) => void;
}

/** What a process does with the world outside goes through its invocation, which may die at each of these moments. */
export interface Invocation {
	/** `name` is for the trace alone. */
	readonly call: <Answer>(name: string, operation: () => Promise<Answer>) => Promise<Answer>;
	readonly sleep: (ms: number) => Promise<void>;
}

export class LostError extends Error {
	override readonly name = 'LostError';
	readonly code = 'lost';
}

/**
 * Runs one invocation of a function. It rejects where the function throws, dies, or takes longer than it may;
 * what has died does nothing more.
 */
export function createInvoke({ time, chance, isBroken, trace }: World) {
	let invocations = 0;
	return <Result>(
		name: string,
		timeoutMs: number,
		run: (invocation: Invocation) => Promise<Result>,
	): Promise<Result> => {
		const self = `${name}#${invocations++}`;
		const { promise: death, reject } = Promise.withResolvers<never>();
		const endsAtMs = time.now() + timeoutMs;
		const never = new Promise<never>(() => undefined);
		let isDead = false;
		const die = (why: string): Promise<never> => {
			isDead = true;
			trace(() => `${self} ${why}`);
			reject(new LostError(why));
			return never;
		};
		/** The way to a service, or back. */
		const travel = async (): Promise<void> => {
			if (isDead) return never;
			if (chance.happens('crash')) return die('The process died.');
			await sleep(chance.happens('stall') ? chance.between(1000, 20_000) : chance.between(0, 30));
		};
		const sleep = async (ms: number): Promise<void> => {
			await time.sleep(Math.min(ms, endsAtMs - time.now()));
			if (isDead) return never;
			if (time.now() >= endsAtMs) return die('The time of the process was over.');
		};
		const invocation: Invocation = {
			sleep,
			async call(operationName, operation) {
				const told = async () => {
					const answer = await operation();
					trace(() => `${self} ${operationName} -> ${JSON.stringify(answer)}`);
					return answer;
				};
				await travel();
				if (isBroken(name) || chance.happens('refused')) {
					trace(() => `${self} ${operationName} is refused`);
					throw new LostError('The service refused.');
				}
				let answer = await told();
				if (chance.happens('unheard')) {
					await travel();
					trace(() => `${self} ${operationName} was not heard of`);
					throw new LostError('The answer was lost.');
				}
				if (chance.happens('asked-twice')) {
					await travel();
					answer = await told();
				}
				await travel();
				return answer;
			},
		};
		return Promise.race([run(invocation), death]);
	};
}
