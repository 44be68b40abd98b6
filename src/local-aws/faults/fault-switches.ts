import * as Type from 'typebox';
import { parseValue } from '../parse.ts';
import { createRandom } from './random.ts';

/** The built-in faults, all off. */
const BUILT_IN = {
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
};

/** Name of a built-in fault. */
export type Fault = keyof typeof BUILT_IN;

/** Probability of each fault, 0 to 1, those of the application included. */
export type FaultRates = Readonly<Record<Fault, number>> & Readonly<Record<string, number>>;

const Rate = Type.Optional(Type.Number({ minimum: 0, maximum: 1 }));

/** The fault switches of a stack, all off at first. */
export interface FaultSwitches {
	read(): FaultRates;
	/**
	 * Sets the named rates; `reset: true` turns all others off, `seed` makes the following faults repeatable.
	 * @throws `UnexpectedShapeError` for an unknown switch or an invalid rate.
	 */
	change(input: unknown): FaultRates;
	/** Decides whether the fault happens this time. */
	happens(fault: Fault): boolean;
	/** Calls the listener after each change. */
	onChange(listener: (rates: FaultRates) => void): void;
}

/** Creates the switches; `names` are the application's own, which the caller implements. */
export function createFaultSwitches(names: readonly string[] = []): FaultSwitches {
	const off: FaultRates = { ...Object.fromEntries(names.map((name) => [name, 0])), ...BUILT_IN };
	const Change = Type.Object(
		{
			...Object.fromEntries(Object.keys(off).map((fault) => [fault, Rate])),
			seed: Type.Optional(Type.Integer()),
			reset: Type.Optional(Type.Boolean()),
		},
		{ additionalProperties: false },
	);
	let rates = off;
	let random = createRandom(0);
	const listeners: ((rates: FaultRates) => void)[] = [];
	return {
		read: () => rates,
		change(input) {
			const { reset = false, seed, ...given } = parseValue(Change, input, 'faults');
			if (seed !== undefined) random = createRandom(seed);
			rates = { ...(reset ? off : rates), ...given };
			for (const listener of listeners) listener(rates);
			return rates;
		},
		happens: (fault) => rates[fault] > 0 && random() < rates[fault],
		onChange: (listener) => void listeners.push(listener),
	};
}
