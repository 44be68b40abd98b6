import * as Type from 'typebox';
import { parseValue } from '../../parse.ts';
import { createRandom } from './random.ts';

/** Every fault that can be made to happen on a laptop, off. */
const OFF = {
	'sns.publish.fail': 0,
	'sqs.duplicate': 0,
	'sqs.delay': 0,
	'events.drop': 0,
	'events.duplicate': 0,
	'events.shuffle': 0,
	'dynamodb.throttle': 0,
	'dynamodb.stale-reads': 0,
	'states.throttle': 0,
	'lambda.crash-before': 0,
	'lambda.crash-after': 0,
	'lambda.timeout': 0,
	's3.fail': 0,
	'greeting.transient': 0,
};

export type Fault = keyof typeof OFF;

/** How often each fault happens, 0 to 1. */
export type FaultRates = Readonly<Record<Fault, number>>;

const Rate = Type.Optional(Type.Number({ minimum: 0, maximum: 1 }));

const Change = Type.Object(
	{
		...Object.fromEntries(Object.keys(OFF).map((fault) => [fault, Rate])),
		seed: Type.Optional(Type.Integer()),
		reset: Type.Optional(Type.Boolean()),
	},
	{ additionalProperties: false },
);

/** The switches, all off at first. */
export interface FaultSwitches {
	read(): FaultRates;
	/**
	 * Takes over the rates that are named; `reset: true` turns all others off, `seed` makes what follows repeatable.
	 * Throws for what is no switch.
	 */
	change(input: unknown): FaultRates;
	/** Whether the fault happens this time. */
	happens(fault: Fault): boolean;
	/** Told of each change. */
	onChange(listener: (rates: FaultRates) => void): void;
}

export function createFaultSwitches(): FaultSwitches {
	let rates: FaultRates = OFF;
	let random = createRandom(0);
	const listeners: ((rates: FaultRates) => void)[] = [];
	return {
		read: () => rates,
		change(input) {
			const { reset = false, seed, ...given } = parseValue(Change, input, 'faults');
			if (seed !== undefined) random = createRandom(seed);
			rates = { ...(reset ? OFF : rates), ...given };
			for (const listener of listeners) listener(rates);
			return rates;
		},
		happens: (fault) => rates[fault] > 0 && random() < rates[fault],
		onChange: (listener) => void listeners.push(listener),
	};
}
