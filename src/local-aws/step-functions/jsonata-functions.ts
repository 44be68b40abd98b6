import { createHash } from 'node:crypto';
import jsonata, { type Expression } from 'jsonata';

/** Where an expression's chance and time come from. */
export interface Sources {
	readonly random: () => number;
	readonly newId: () => string;
	readonly now: () => number;
}

const HASHES: Readonly<Record<string, string>> = {
	MD5: 'md5',
	'SHA-1': 'sha1',
	'SHA-256': 'sha256',
	'SHA-384': 'sha384',
	'SHA-512': 'sha512',
};
const LONGEST_RANGE = 1000;

/** JSONata's own `$now` reads the machine's clock, as its `$shuffle` takes the machine's chance. */
const FORMAT_TIME = jsonata('$fromMillis(millis, picture, zone)');

/** Puts Step Functions' own functions into an expression, and takes away what it does not have. */
export function bindFunctions(expression: Expression, sources: Sources): void {
	expression.registerFunction('partition', partition, '<an:a>');
	expression.registerFunction('range', range, '<nnn:a>');
	expression.registerFunction('hash', hash, '<ss?:s>');
	expression.registerFunction(
		'random',
		(seed?: number) => (seed === undefined ? sources.random() : seededRandom(seed)),
		'<n?:n>',
	);
	expression.registerFunction('shuffle', (array: unknown[]) => shuffle(array, sources.random), '<a:a>');
	expression.registerFunction('uuid', () => sources.newId(), '<:s>');
	expression.registerFunction('parse', (text: string): unknown => JSON.parse(text), '<s:x>');
	expression.registerFunction('millis', () => sources.now(), '<:n>');
	expression.registerFunction(
		'now',
		(picture?: string, zone?: string): unknown =>
			FORMAT_TIME.evaluate({ millis: sources.now(), picture, zone }),
		'<s?s?:s>',
	);
	expression.registerFunction('eval', () => {
		throw new Error('$eval is not available in Step Functions');
	});
}

function partition(array: unknown[], size: number): unknown[][] {
	if (!Number.isInteger(size) || size < 1)
		throw new Error('$partition needs a size that is a positive integer');
	return Array.from({ length: Math.ceil(array.length / size) }, (_, index) =>
		array.slice(index * size, (index + 1) * size),
	);
}

function range(first: number, last: number, step: number): number[] {
	if (step === 0) throw new Error('$range needs a step that is not 0');
	const length = Math.max(0, Math.floor((last - first) / step) + 1);
	if (length > LONGEST_RANGE) throw new Error(`$range makes at most ${LONGEST_RANGE} items`);
	return Array.from({ length }, (_, index) => first + index * step);
}

function shuffle(array: unknown[], random: () => number): unknown[] {
	return array
		.map((item) => ({ item, rank: random() }))
		.toSorted((a, b) => a.rank - b.rank)
		.map(({ item }) => item);
}

function hash(data: string, algorithm = 'SHA-256'): string {
	const known = HASHES[algorithm];
	if (known === undefined) throw new Error(`$hash knows ${Object.keys(HASHES).join(', ')}`);
	return createHash(known).update(data).digest('hex');
}

/** The same number for the same seed: the first of mulberry32. */
function seededRandom(seed: number): number {
	let bits = (Math.trunc(seed) + 0x6d2b79f5) | 0;
	bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
	bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
	return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
}
