import { invalidPattern } from './pattern-error.ts';

/** EventBridge compares numbers within this; others match no numeric filter. */
const LARGEST_NUMBER = 5e9;

const LOWER_BOUNDS: Readonly<Record<string, (bound: number) => (value: number) => boolean>> = {
	'>': (bound) => (value) => value > bound,
	'>=': (bound) => (value) => value >= bound,
};
const UPPER_BOUNDS: Readonly<Record<string, (bound: number) => (value: number) => boolean>> = {
	'<': (bound) => (value) => value < bound,
	'<=': (bound) => (value) => value <= bound,
};
const COMPARISONS = {
	...LOWER_BOUNDS,
	...UPPER_BOUNDS,
	'=': (bound: number) => (value: number) => value === bound,
};

/** `[operator, number]`, or a range: a lower bound, then an upper one. */
export function numericTest(operand: unknown): (value: number) => boolean {
	if (!Array.isArray(operand)) throw invalidPattern('Value of numeric must be an array');
	const [operator, bound, upperOperator, upperBound, ...others]: unknown[] = operand;
	const first = comparison(COMPARISONS, operator, bound);
	if (upperOperator === undefined) return (value) => inReach(value) && first(value);
	if (others.length > 0 || !Object.hasOwn(LOWER_BOUNDS, String(operator))) {
		throw invalidPattern('Too many terms in numeric range expression');
	}
	const second = comparison(UPPER_BOUNDS, upperOperator, upperBound);
	if (Number(bound) >= Number(upperBound)) throw invalidPattern('Bottom must be less than top');
	return (value) => inReach(value) && first(value) && second(value);
}

function comparison(known: typeof LOWER_BOUNDS, operator: unknown, bound: unknown) {
	const name = typeof operator === 'string' && Object.hasOwn(known, operator) ? operator : '';
	const compare = known[name];
	if (compare === undefined) {
		throw invalidPattern(`Unrecognized numeric range operator: ${JSON.stringify(operator)}`);
	}
	if (typeof bound !== 'number') throw invalidPattern(`Value of ${name} must be numeric`);
	if (!inReach(bound)) throw invalidPattern(`Value of ${name} must be between -5.0e9 and +5.0e9`);
	return compare(bound);
}

function inReach(value: number): boolean {
	return Math.abs(value) <= LARGEST_NUMBER;
}
