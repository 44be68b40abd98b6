/** Clients send the same few headers all the time. */
const MOST_KEPT = 100;

const kept = new Map<string, ReadonlyMap<string, number>>();

/**
 * What a header of weighted choices says, such as `Accept`: each name in lower case and its weight, 0 for what is refused.
 * Parameters but the weight are left out; a weight that is none counts as 1. Grammar: RFC 9110, 12.4.2.
 */
export function readWeights(header: string): ReadonlyMap<string, number> {
	const known = kept.get(header);
	if (known !== undefined) return known;
	if (kept.size === MOST_KEPT) kept.clear();
	const weights = parseWeights(header);
	kept.set(header, weights);
	return weights;
}

function parseWeights(header: string): ReadonlyMap<string, number> {
	const choices = header
		.split(',')
		.map((choice) => choice.split(';').map((part) => part.trim().toLowerCase()));
	return new Map(
		choices.flatMap(([name = '', ...parameters]) =>
			name === '' ? [] : [[name, weightOf(parameters)] as const],
		),
	);
}

function weightOf(parameters: readonly string[]): number {
	const [, digits] =
		parameters
			.map((parameter) => /^q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.exec(parameter))
			.find(Boolean) ?? [];
	return digits === undefined ? 1 : Number(digits);
}
