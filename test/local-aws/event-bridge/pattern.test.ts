import fc from 'fast-check';
import t from 'tap';
import { parsePattern } from '../../../src/local-aws/event-bridge/pattern.ts';
import type { Json } from '../../../src/local-aws/json.ts';

type Row = readonly [name: string, pattern: Json, event: Json, matches: boolean];

const EXACT: readonly Row[] = [
	['a string', { a: ['x'] }, { a: 'x' }, true],
	['another string', { a: ['x'] }, { a: 'y' }, false],
	['a string in another case', { a: ['x'] }, { a: 'X' }, false],
	['one of several values', { a: ['x', 'y'] }, { a: 'y' }, true],
	['the empty string', { a: [''] }, { a: '' }, true],
	['a number', { a: [300] }, { a: 300.0 }, true],
	['a number does not match a string', { a: [1] }, { a: '1' }, false],
	['a string does not match a number', { a: ['1'] }, { a: 1 }, false],
	['true', { a: [true] }, { a: true }, true],
	['true does not match false', { a: [true] }, { a: false }, false],
	['null', { a: [null] }, { a: null }, true],
	['null does not match an absent field', { a: [null] }, {}, false],
	['null does not match the empty string', { a: [null] }, { a: '' }, false],
	['all fields are required', { a: ['x'], b: ['y'] }, { a: 'x' }, false],
	['other fields are ignored', { a: ['x'] }, { a: 'x', b: 'y' }, true],
	['nested', { a: { b: { c: ['x'] } } }, { a: { b: { c: 'x' } } }, true],
	['another nesting', { a: { b: ['x'] } }, { b: 'x' }, false],
	['an object in the place of a leaf', { a: ['x'] }, { a: { b: 'x' } }, false],
];

const TEXTS: readonly Row[] = [
	['prefix', { a: [{ prefix: 'us-' }] }, { a: 'us-east-1' }, true],
	['another prefix', { a: [{ prefix: 'us-' }] }, { a: 'eu-us-' }, false],
	['the empty prefix', { a: [{ prefix: '' }] }, { a: 'any' }, true],
	['prefix of a number', { a: [{ prefix: '1' }] }, { a: 12 }, false],
	['prefix in any case', { a: [{ prefix: { 'equals-ignore-case': 'EventB' } }] }, { a: 'EVENTBridge' }, true],
	['another prefix in any case', { a: [{ prefix: { 'equals-ignore-case': 'b' } }] }, { a: 'ab' }, false],
	['suffix', { a: [{ suffix: '.png' }] }, { a: 'cat.png' }, true],
	['suffix in another case', { a: [{ suffix: '.png' }] }, { a: 'cat.PNG' }, false],
	['suffix in any case', { a: [{ suffix: { 'equals-ignore-case': '.png' } }] }, { a: 'cat.PNG' }, true],
	['equals-ignore-case', { a: [{ 'equals-ignore-case': 'alice' }] }, { a: 'ALICE' }, true],
	[
		'equals-ignore-case with a longer string',
		{ a: [{ 'equals-ignore-case': 'alice' }] },
		{ a: 'alice!' },
		false,
	],
	['wildcard', { a: [{ wildcard: 'dir/*.png' }] }, { a: 'dir/sub/cat.png' }, true],
	['wildcard for an empty string', { a: [{ wildcard: 'a*' }] }, { a: 'a' }, true],
	['wildcard with overlapping ends', { a: [{ wildcard: 'ab*ba' }] }, { a: 'aba' }, false],
	['wildcards in order', { a: [{ wildcard: '*a*b*' }] }, { a: 'xaxbx' }, true],
	['wildcards out of order', { a: [{ wildcard: '*a*b*' }] }, { a: 'xbxax' }, false],
	['wildcard across lines', { a: [{ wildcard: 'a*b' }] }, { a: 'a\nb' }, true],
	['wildcard without an asterisk', { a: [{ wildcard: 'a.c' }] }, { a: 'abc' }, false],
	['escaped asterisk', { a: [{ wildcard: 'a\\*c' }] }, { a: 'a*c' }, true],
	['escaped asterisk matches only an asterisk', { a: [{ wildcard: 'a\\*c' }] }, { a: 'abc' }, false],
	['escaped backslash', { a: [{ wildcard: 'a\\\\*' }] }, { a: 'a\\b' }, true],
];

const ANYTHING_BUT: readonly Row[] = [
	['another string', { a: [{ 'anything-but': 'x' }] }, { a: 'y' }, true],
	['the excluded string', { a: [{ 'anything-but': 'x' }] }, { a: 'x' }, false],
	['absent', { a: [{ 'anything-but': 'x' }] }, {}, false],
	['another type', { a: [{ 'anything-but': 'x' }] }, { a: 1 }, true],
	['none of the strings', { a: [{ 'anything-but': ['x', 'y'] }] }, { a: 'z' }, true],
	['one of the strings', { a: [{ 'anything-but': ['x', 'y'] }] }, { a: 'y' }, false],
	['another number', { a: [{ 'anything-but': 1 }] }, { a: 2 }, true],
	['one of the numbers', { a: [{ 'anything-but': [1, 2] }] }, { a: 2 }, false],
	['another prefix', { a: [{ 'anything-but': { prefix: 'us-' } }] }, { a: 'eu-' }, true],
	['the prefix', { a: [{ 'anything-but': { prefix: 'us-' } }] }, { a: 'us-1' }, false],
	['one of the prefixes', { a: [{ 'anything-but': { prefix: ['us-', 'eu-'] } }] }, { a: 'eu-1' }, false],
	['the suffix', { a: [{ 'anything-but': { suffix: '.png' } }] }, { a: 'a.png' }, false],
	['another suffix', { a: [{ 'anything-but': { suffix: ['.png', '.jpg'] } }] }, { a: 'a.gif' }, true],
	[
		'the string in another case',
		{ a: [{ 'anything-but': { 'equals-ignore-case': 'x' } }] },
		{ a: 'X' },
		false,
	],
	[
		'another string in any case',
		{ a: [{ 'anything-but': { 'equals-ignore-case': ['x', 'y'] } }] },
		{ a: 'Z' },
		true,
	],
	['the wildcard', { a: [{ 'anything-but': { wildcard: '*/lib/*' } }] }, { a: 'a/lib/b' }, false],
	['no wildcard matches', { a: [{ 'anything-but': { wildcard: ['a*', 'b*'] } }] }, { a: 'c' }, true],
];

const OTHERS: readonly Row[] = [
	['numeric =', { a: [{ numeric: ['=', 5] }] }, { a: 5 }, true],
	['numeric = with a string', { a: [{ numeric: ['=', 5] }] }, { a: '5' }, false],
	['numeric <', { a: [{ numeric: ['<', 10] }] }, { a: 10 }, false],
	['numeric <=', { a: [{ numeric: ['<=', 10] }] }, { a: 10 }, true],
	['numeric >', { a: [{ numeric: ['>', 10] }] }, { a: 10.5 }, true],
	['numeric range', { a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 5 }, true],
	['below a numeric range', { a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 0 }, false],
	['above the numeric limit', { a: [{ numeric: ['>', 0] }] }, { a: 6e9 }, false],
	['cidr', { a: [{ cidr: '10.0.0.0/24' }] }, { a: '10.0.0.255' }, true],
	['outside the cidr', { a: [{ cidr: '10.0.0.0/24' }] }, { a: '10.0.1.0' }, false],
	['cidr with a string', { a: [{ cidr: '10.0.0.0/24' }] }, { a: 'ten' }, false],
	['cidr of IPv6', { a: [{ cidr: '2001:db8::/32' }] }, { a: '2001:db8:1::1' }, true],
	['exists', { a: [{ exists: true }] }, { a: null }, true],
	['does not exist', { a: [{ exists: true }] }, {}, false],
	['exists: false with an absent field', { a: { b: [{ exists: false }] } }, { a: {} }, true],
	['exists: false with a present field', { a: [{ exists: false }] }, { a: 1 }, false],
	['an object does not exist', { a: [{ exists: true }] }, { a: { b: 1 } }, false],
	['an empty array does not exist', { a: [{ exists: false }] }, { a: [] }, true],
	['a value or absent: absent', { a: ['x', { exists: false }] }, {}, true],
	['a value or absent: another value', { a: ['x', { exists: false }] }, { a: 'y' }, false],
	['several filters', { a: [{ prefix: 'x' }, { numeric: ['>', 1] }] }, { a: 2 }, true],
	['$or with the second option', { $or: [{ a: [1] }, { b: [2] }] }, { a: 0, b: 2 }, true],
	['$or without a match', { $or: [{ a: [1] }, { b: [2] }] }, { a: 2, b: 1 }, false],
	['$or with other fields', { c: [3], $or: [{ a: [1] }, { b: [2] }] }, { a: 1, c: 0 }, false],
	['nested $or', { d: { $or: [{ a: [1] }, { b: { c: [2] } }] } }, { d: { b: { c: 2 } } }, true],
	['$or within $or', { $or: [{ a: [1] }, { $or: [{ b: [2] }, { c: [3] }] }] }, { c: 3 }, true],
];

const ARRAYS: readonly Row[] = [
	['any element', { a: ['x'] }, { a: ['w', 'x'] }, true],
	['no matching element', { a: ['x'] }, { a: ['w'] }, false],
	['an empty array', { a: ['x'] }, { a: [] }, false],
	['another element', { a: [{ 'anything-but': 'x' }] }, { a: ['x', 'y'] }, true],
	['a member of an element', { a: { b: [1] } }, { a: [{ b: 0 }, { b: 1 }] }, true],
	['members of one element', { a: { b: [1], c: [2] } }, { a: [{ b: 1, c: 2 }] }, true],
	['members of two elements', { a: { b: [1], c: [2] } }, { a: [{ b: 1 }, { c: 2 }] }, false],
	[
		'a later element that fits',
		{ a: { b: [1], c: [2] } },
		{
			a: [
				{ b: 1, c: 3 },
				{ b: 1, c: 2 },
			],
		},
		true,
	],
	['elements of two arrays', { a: [1], b: [2] }, { a: [0, 1], b: [2, 0] }, true],
	[
		'members of elements of two inner arrays',
		{ a: { b: [1], c: [2] } },
		{ a: [[{ b: 1 }], [{ c: 2 }]] },
		false,
	],
	[
		'absence is asked in the order of the paths',
		{ a: { z: [1], b: [{ exists: false }] } },
		{ a: [{ b: 1 }, { z: 1 }] },
		false,
	],
	['nested arrays', { a: ['x'] }, { a: [['w'], ['x']] }, true],
	[
		'deeper members of one element',
		{ a: { b: { c: [1] }, d: [2] } },
		{ a: [{ b: [{ c: 0 }, { c: 1 }], d: 2 }] },
		true,
	],
	['absent from one element only', { a: { b: [{ exists: false }] } }, { a: [{ b: 1 }, { c: 2 }] }, false],
	[
		'absent from the matching element',
		{ a: { b: [1], c: [{ exists: false }] } },
		{ a: [{ b: 1 }, { c: 2 }] },
		true,
	],
];

const TABLES = { EXACT, TEXTS, ANYTHING_BUT, OTHERS, ARRAYS };

for (const [table, rows] of Object.entries(TABLES)) {
	t.test(`patterns match as in EventBridge: ${table}`, async (t) => {
		for (const [name, pattern, event, matches] of rows) t.equal(parsePattern(pattern)(event), matches, name);
	});
}

t.test('invalid patterns are refused with a reason', async (t) => {
	const refused: readonly (readonly [pattern: Json, reason: RegExp])[] = [
		[['x'], /not an object/],
		[{}, /Empty objects/],
		[{ a: {} }, /Empty objects/],
		[{ a: [] }, /"a".*empty arrays/],
		[{ a: { b: 'x' } }, /"a\.b" must be an object or an array/],
		[{ a: [['x']] }, /Match value must be/],
		[{ a: [{ prefix: 'x', suffix: 'y' }] }, /Only one key/],
		[{ a: [{}] }, /Only one key/],
		[{ a: [{ regex: 'x' }] }, /Unrecognized match type regex/],
		[{ a: [{ toString: 'x' }] }, /Unrecognized match type toString/],
		[{ a: [{ prefix: 1 }] }, /prefix match pattern must be a string/],
		[{ a: [{ prefix: { wildcard: 'x' } }] }, /equals-ignore-case/],
		[{ a: [{ exists: 'yes' }] }, /true or false/],
		[{ a: [{ wildcard: 'a**' }] }, /Consecutive wildcard/],
		[{ a: [{ wildcard: 'a\\b' }] }, /Invalid escape/],
		[{ a: [{ wildcard: 'a\\' }] }, /Invalid escape/],
		[{ a: [{ numeric: '5' }] }, /must be an array/],
		[{ a: [{ numeric: [] }] }, /Unrecognized numeric/],
		[{ a: [{ numeric: ['!=', 5] }] }, /Unrecognized numeric/],
		[{ a: [{ numeric: ['=', '5'] }] }, /must be numeric/],
		[{ a: [{ numeric: ['>', 6e9] }] }, /between/],
		[{ a: [{ numeric: ['>', 5, '<', 5] }] }, /Bottom must be less/],
		[{ a: [{ numeric: ['<', 5, '>', 1] }] }, /Too many terms/],
		[{ a: [{ numeric: ['>', 5, '=', 6] }] }, /Unrecognized numeric/],
		[{ a: [{ cidr: '10.0.0.0' }] }, /Malformed CIDR/],
		[{ a: [{ cidr: '10.0.0.0/33' }] }, /Malformed CIDR/],
		[{ a: [{ 'anything-but': [] }] }, /anything-but/],
		[{ a: [{ 'anything-but': ['x', 1] }] }, /anything-but/],
		[{ a: [{ 'anything-but': null }] }, /anything-but/],
		[{ a: [{ 'anything-but': { numeric: ['=', 1] } }] }, /anything-but takes/],
		[{ a: [{ 'anything-but': { prefix: '' } }] }, /Null prefix/],
		[{ $or: [{ a: [1] }] }, /at least 2 objects/],
		[{ a: [1], $or: Array.from({ length: 1001 }, () => ({ b: [1] })) }, /more than 1000/],
	];
	for (const [pattern, reason] of refused) {
		t.throws(() => parsePattern(pattern), {
			code: 'InvalidEventPatternException',
			message: reason,
		});
	}
});

t.test('a pattern of an event’s fields matches the event until a field changes', async (t) => {
	const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
	const name = fc.stringMatching(/^[a-z]{1,3}$/);
	const event = fc.dictionary(name, leaf, { minKeys: 1, noNullPrototype: true });
	fc.assert(
		fc.property(event, fc.nat(), (event, choice) => {
			const pattern = Object.fromEntries(Object.entries(event).map(([key, value]) => [key, [value]]));
			const matches = parsePattern({ detail: pattern });
			t.ok(matches({ detail: event }));
			const keys = Object.keys(event);
			const changed = keys[choice % keys.length] ?? '';
			t.notOk(matches({ detail: { ...event, [changed]: 'a value that no leaf has' } }));
		}),
	);
});
