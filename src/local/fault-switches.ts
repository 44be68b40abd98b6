import { type Static, Type } from 'typebox';
import { parseValue } from '../parse.ts';

const Rate = Type.Optional(Type.Number({ minimum: 0, maximum: 1 }));

const FaultRates = Type.Object(
	{ 'greeting.transient': Rate, reset: Type.Optional(Type.Boolean()) },
	{ additionalProperties: false },
);

/** How often each fault happens, 0 to 1. */
export type FaultRates = Required<Omit<Static<typeof FaultRates>, 'reset'>>;

const OFF: FaultRates = { 'greeting.transient': 0 };

/** The faults that can be made to happen on a laptop. */
export interface FaultSwitches {
	read(): FaultRates;
	/** Takes over the rates that are named; `reset: true` turns all others off. Throws for what is no switch. */
	change(input: unknown): FaultRates;
}

export function createFaultSwitches(onChange: (rates: FaultRates) => void): FaultSwitches {
	let rates = OFF;
	return {
		read: () => rates,
		change(input) {
			const { reset = false, ...given } = parseValue(FaultRates, input, 'faults');
			rates = { ...(reset ? OFF : rates), ...given };
			onChange(rates);
			return rates;
		},
	};
}
