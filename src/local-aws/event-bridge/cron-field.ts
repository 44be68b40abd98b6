/** What one field of a cron expression may hold. */
export interface CronField {
	readonly min: number;
	readonly max: number;
	/** Names that stand for numbers; the first stands for `min`. */
	readonly names?: readonly string[];
}

/** The numbers that a field names, in order: `*`, `5`, `1-5`, `1,3`, `0/15`, `2-10/2`; undefined where it is malformed. */
export function parseCronField(text: string, field: CronField): readonly number[] | undefined {
	const ranges = text.split(',').map((part) => parseRange(part, field));
	const numbers = new Set<number>();
	for (const range of ranges) {
		if (range === undefined) return undefined;
		for (let number = range.from; number <= range.to; number += range.step) numbers.add(number);
	}
	return [...numbers].toSorted((a, b) => a - b);
}

/** One number of a field, by digits or name; undefined where it is out of reach. */
export function parseCronNumber(
	text: string | undefined,
	{ min, max, names = [] }: CronField,
): number | undefined {
	const index = names.indexOf((text ?? '').toUpperCase());
	if (index >= 0) return min + index;
	const number = /^\d{1,4}$/.test(text ?? '') ? Number(text) : Number.NaN;
	return number >= min && number <= max ? number : undefined;
}

function parseRange(part: string, field: CronField): { from: number; to: number; step: number } | undefined {
	const [, range = '', stepText] = /^([^/]+)(?:\/(\d{1,4}))?$/.exec(part) ?? [];
	const step = Number(stepText ?? 1);
	if (step < 1) return undefined;
	if (range === '*') return { from: field.min, to: field.max, step };
	const [fromText, toText, ...others] = range.split('-');
	const from = parseCronNumber(fromText, field);
	// A single number with a step runs on to the end of the field.
	const to =
		toText === undefined ? (stepText === undefined ? from : field.max) : parseCronNumber(toText, field);
	if (from === undefined || to === undefined || to < from || others.length > 0) return undefined;
	return { from, to, step };
}
