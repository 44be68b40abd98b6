import { createRandom } from '../../src/local-aws/faults/random.ts';
import { ServiceUnavailableError } from '../../src/tasks/service-unavailable.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The faults that happen at random while faults last; each seed has its own rates, 0 for about half of them. */
export const FAULTS = [
	/** The process ends at any of its awaits. */
	'crash',
	/** A call or the network takes many seconds. */
	'stall',
	/** A service throttles a call. */
	'throttle',
	/** A service applies a call, its response is lost, and the SDK sends the call again. */
	'sentTwice',
	/** A service applies a call, its response is lost, and the SDK gives up with a timeout. */
	'responseLost',
	/** A message or an event is delivered twice. */
	'duplicate',
	/** A message or an event is delivered minutes late. */
	'late',
	/** An event is never delivered. */
	'dropped',
	/** A malformed message is delivered. */
	'poison',
	/** A page of a list ends early, as after UnprocessedKeys of BatchGetItem. */
	'partialPage',
] as const;

/** The name of a random fault. */
export type Fault = (typeof FAULTS)[number];

/** The services that a seed may throttle for up to an hour, and the prefix of their calls. */
export const SERVICES = ['table', 'topic', 'stepFunctions', 'bucket'] as const;

/** The name of a service. */
export type Service = (typeof SERVICES)[number];

/** All decisions that are left to chance, made by the seed. */
export interface Chance {
	/** Whether the fault happens this time; never once the faults are over. */
	readonly happens: (fault: Fault) => boolean;
	/** Whether a client decides to do something. */
	readonly decides: (probability: number) => boolean;
	/** Returns an integer between two integers, both inclusive. */
	readonly between: (least: number, most: number) => number;
	readonly pick: <const Item>(items: readonly [Item, ...Item[]]) => Item;
	/** Returns a UUIDv4. */
	readonly uuid: () => string;
}

/** Creates the decisions of a seed. */
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

/** The surroundings of everything in one run of the simulation. */
export interface World {
	readonly time: VirtualTime;
	readonly chance: Chance;
	/** Once the faults are over, every call succeeds at once. */
	readonly areFaultsOver: () => boolean;
	/** Whether every call of the function fails now, as after a faulty deployment. */
	readonly isBroken: (functionName: string) => boolean;
	/** Whether the service throttles every call now. */
	readonly isDown: (service: Service) => boolean;
	/** Whether the row of the task cannot be read now. */
	readonly isUnreadable: (taskId: string) => boolean;
	/** Receives everything that happens, for the replay of a seed. */
	readonly trace: (event: () => string) => void;
}

/** The way of a process to the outside: every call may end the process. */
export interface Invocation {
	/** Calls a service. The name of the operation is for the trace. */
	readonly call: <Answer>(
		service: Service,
		operationName: string,
		operation: () => Promise<Answer>,
	) => Promise<Answer>;
	readonly sleep: (ms: number) => Promise<void>;
}

/** The process of an invocation ended before its result. */
export class LostInvocationError extends Error {
	override readonly name = 'LostInvocationError';
	readonly code = 'lost-invocation';
}

/** Returns a function that runs invocations. An invocation rejects if it throws, crashes or times out, and then does no more. */
export function createInvoke({ time, chance, isBroken, isDown, trace }: World) {
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
		const die = (reason: string): Promise<never> => {
			isDead = true;
			trace(() => `${self} ${reason}`);
			reject(new LostInvocationError(reason));
			return never;
		};
		/** The way to a service, or back. */
		const travel = async (): Promise<void> => {
			if (isDead) return never;
			if (chance.happens('crash')) return die('crashed');
			await sleep(chance.happens('stall') ? chance.between(1000, 20_000) : chance.between(0, 30));
		};
		const sleep = async (ms: number): Promise<void> => {
			await time.sleep(Math.min(ms, endsAtMs - time.now()));
			if (isDead) return never;
			if (time.now() >= endsAtMs) return die('timed out');
		};
		const invocation: Invocation = {
			sleep,
			async call(service, operationName, operation) {
				const perform = async () => {
					const answer = await operation();
					trace(() => `${self} ${operationName} -> ${JSON.stringify(answer)}`);
					return answer;
				};
				const fail = (reason: string): never => {
					trace(() => `${self} ${operationName}: ${reason}`);
					throw new ServiceUnavailableError(service, { cause: new Error(reason) });
				};
				await travel();
				if (isBroken(name) || isDown(service) || chance.happens('throttle')) fail('throttled');
				let answer = await perform();
				if (chance.happens('responseLost')) {
					await travel();
					fail('applied, but its response was lost');
				}
				if (chance.happens('sentTwice')) {
					await travel();
					answer = await perform();
				}
				await travel();
				return answer;
			},
		};
		return Promise.race([run(invocation), death]);
	};
}
