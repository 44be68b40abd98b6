import fc from 'fast-check';
import t from 'tap';
import type { Json } from '../../../src/local-aws/event-bridge/json.ts';
import { matchesPattern } from '../../../src/local-aws/event-bridge/pattern.ts';

type Row = readonly [what: string, pattern: unknown, event: Json, matches: boolean];

const EXACT: readonly Row[] = [
	['a text', { a: ['x'] }, { a: 'x' }, true],
	['another text', { a: ['x'] }, { a: 'y' }, false],
	['a text in another case', { a: ['x'] }, { a: 'X' }, false],
	['one of several', { a: ['x', 'y'] }, { a: 'y' }, true],
	['the empty text', { a: [''] }, { a: '' }, true],
	['a number', { a: [300] }, { a: 300.0 }, true],
	['a number is not its text', { a: [1] }, { a: '1' }, false],
	['a text is not its number', { a: ['1'] }, { a: 1 }, false],
	['true', { a: [true] }, { a: true }, true],
	['true is not false', { a: [true] }, { a: false }, false],
	['null', { a: [null] }, { a: null }, true],
	['null is not absent', { a: [null] }, {}, false],
	['null is not the empty text', { a: [null] }, { a: '' }, false],
	['all fields are wanted', { a: ['x'], b: ['y'] }, { a: 'x' }, false],
	['other fields do not matter', { a: ['x'] }, { a: 'x', b: 'y' }, true],
	['nested', { a: { b: { c: ['x'] } } }, { a: { b: { c: 'x' } } }, true],
	['nested elsewhere', { a: { b: ['x'] } }, { b: 'x' }, false],
	['an object where a leaf is wanted', { a: ['x'] }, { a: { b: 'x' } }, false],
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
	['equal but for case', { a: [{ 'equals-ignore-case': 'alice' }] }, { a: 'ALICE' }, true],
	['more than equal', { a: [{ 'equals-ignore-case': 'alice' }] }, { a: 'alice!' }, false],
	['wildcard', { a: [{ wildcard: 'dir/*.png' }] }, { a: 'dir/sub/cat.png' }, true],
	['wildcard that stands for nothing', { a: [{ wildcard: 'a*' }] }, { a: 'a' }, true],
	['wildcard whose ends overlap', { a: [{ wildcard: 'ab*ba' }] }, { a: 'aba' }, false],
	['wildcards whose parts are in order', { a: [{ wildcard: '*a*b*' }] }, { a: 'xaxbx' }, true],
	['wildcards whose parts are not', { a: [{ wildcard: '*a*b*' }] }, { a: 'xbxax' }, false],
	['wildcard over lines', { a: [{ wildcard: 'a*b' }] }, { a: 'a\nb' }, true],
	['no wildcard at all', { a: [{ wildcard: 'a.c' }] }, { a: 'abc' }, false],
	['a star meant as such', { a: [{ wildcard: 'a\\*c' }] }, { a: 'a*c' }, true],
	['a star meant as such stands for no other', { a: [{ wildcard: 'a\\*c' }] }, { a: 'abc' }, false],
	['a backslash meant as such', { a: [{ wildcard: 'a\\\\*' }] }, { a: 'a\\b' }, true],
];

const ANYTHING_BUT: readonly Row[] = [
	['not the text', { a: [{ 'anything-but': 'x' }] }, { a: 'y' }, true],
	['the text', { a: [{ 'anything-but': 'x' }] }, { a: 'x' }, false],
	['absent', { a: [{ 'anything-but': 'x' }] }, {}, false],
	['another kind', { a: [{ 'anything-but': 'x' }] }, { a: 1 }, true],
	['none of the texts', { a: [{ 'anything-but': ['x', 'y'] }] }, { a: 'z' }, true],
	['one of the texts', { a: [{ 'anything-but': ['x', 'y'] }] }, { a: 'y' }, false],
	['not the number', { a: [{ 'anything-but': 1 }] }, { a: 2 }, true],
	['one of the numbers', { a: [{ 'anything-but': [1, 2] }] }, { a: 2 }, false],
	['not the prefix', { a: [{ 'anything-but': { prefix: 'us-' } }] }, { a: 'eu-' }, true],
	['the prefix', { a: [{ 'anything-but': { prefix: 'us-' } }] }, { a: 'us-1' }, false],
	['one of the prefixes', { a: [{ 'anything-but': { prefix: ['us-', 'eu-'] } }] }, { a: 'eu-1' }, false],
	['the suffix', { a: [{ 'anything-but': { suffix: '.png' } }] }, { a: 'a.png' }, false],
	['none of the suffixes', { a: [{ 'anything-but': { suffix: ['.png', '.jpg'] } }] }, { a: 'a.gif' }, true],
	['the text in another case', { a: [{ 'anything-but': { 'equals-ignore-case': 'x' } }] }, { a: 'X' }, false],
	['none in any case', { a: [{ 'anything-but': { 'equals-ignore-case': ['x', 'y'] } }] }, { a: 'Z' }, true],
	['the wildcard', { a: [{ 'anything-but': { wildcard: '*/lib/*' } }] }, { a: 'a/lib/b' }, false],
	['none of the wildcards', { a: [{ 'anything-but': { wildcard: ['a*', 'b*'] } }] }, { a: 'c' }, true],
];

const OTHERS: readonly Row[] = [
	['numeric =', { a: [{ numeric: ['=', 5] }] }, { a: 5 }, true],
	['numeric = of a text', { a: [{ numeric: ['=', 5] }] }, { a: '5' }, false],
	['numeric <', { a: [{ numeric: ['<', 10] }] }, { a: 10 }, false],
	['numeric <=', { a: [{ numeric: ['<=', 10] }] }, { a: 10 }, true],
	['numeric >', { a: [{ numeric: ['>', 10] }] }, { a: 10.5 }, true],
	['numeric range', { a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 5 }, true],
	['below a numeric range', { a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 0 }, false],
	['beyond all numeric filters', { a: [{ numeric: ['>', 0] }] }, { a: 6e9 }, false],
	['cidr', { a: [{ cidr: '10.0.0.0/24' }] }, { a: '10.0.0.255' }, true],
	['out of the cidr', { a: [{ cidr: '10.0.0.0/24' }] }, { a: '10.0.1.0' }, false],
	['cidr of a text', { a: [{ cidr: '10.0.0.0/24' }] }, { a: 'ten' }, false],
	['cidr of version 6', { a: [{ cidr: '2001:db8::/32' }] }, { a: '2001:db8:1::1' }, true],
	['exists', { a: [{ exists: true }] }, { a: null }, true],
	['does not exist', { a: [{ exists: true }] }, {}, false],
	['must not exist', { a: { b: [{ exists: false }] } }, { a: {} }, true],
	['must not exist, but does', { a: [{ exists: false }] }, { a: 1 }, false],
	['only leaves exist', { a: [{ exists: true }] }, { a: { b: 1 } }, false],
	['an empty array does not exist', { a: [{ exists: false }] }, { a: [] }, true],
	['a value or none: none', { a: ['x', { exists: false }] }, {}, true],
	['a value or none: another', { a: ['x', { exists: false }] }, { a: 'y' }, false],
	['several filters', { a: [{ prefix: 'x' }, { numeric: ['>', 1] }] }, { a: 2 }, true],
	['or: the second', { $or: [{ a: [1] }, { b: [2] }] }, { a: 0, b: 2 }, true],
	['or: neither', { $or: [{ a: [1] }, { b: [2] }] }, { a: 2, b: 1 }, false],
	['or, and the rest', { c: [3], $or: [{ a: [1] }, { b: [2] }] }, { a: 1, c: 0 }, false],
	['or further in', { d: { $or: [{ a: [1] }, { b: { c: [2] } }] } }, { d: { b: { c: 2 } } }, true],
	['or within or', { $or: [{ a: [1] }, { $or: [{ b: [2] }, { c: [3] }] }] }, { c: 3 }, true],
];

const ARRAYS: readonly Row[] = [
	['any element', { a: ['x'] }, { a: ['w', 'x'] }, true],
	['no element', { a: ['x'] }, { a: ['w'] }, false],
	['no element of an empty array', { a: ['x'] }, { a: [] }, false],
	['an element that is not it', { a: [{ 'anything-but': 'x' }] }, { a: ['x', 'y'] }, true],
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
	['arrays in arrays', { a: ['x'] }, { a: [['w'], ['x']] }, true],
	[
		'deeper members of one element',
		{ a: { b: { c: [1] }, d: [2] } },
		{ a: [{ b: [{ c: 0 }, { c: 1 }], d: 2 }] },
		true,
	],
	['absent from one element only', { a: { b: [{ exists: false }] } }, { a: [{ b: 1 }, { c: 2 }] }, false],
	[
		'absent from the element in question',
		{ a: { b: [1], c: [{ exists: false }] } },
		{ a: [{ b: 1 }, { c: 2 }] },
		true,
	],
];

const TABLES = { EXACT, TEXTS, ANYTHING_BUT, OTHERS, ARRAYS };

for (const [name, rows] of Object.entries(TABLES)) {
	t.test(`EventBridge's answers: ${name}`, async (t) => {
		for (const [what, pattern, event, matches] of rows)
			t.equal(matchesPattern(pattern, event), matches, what);
	});
}

t.test('a pattern that EventBridge does not take is refused with the reason', async (t) => {
	const refused: readonly (readonly [pattern: unknown, reason: RegExp])[] = [
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
		t.throws(() => matchesPattern(pattern, { a: 1 }), {
			code: 'InvalidEventPatternException',
			message: reason,
		});
	}
});

t.test('a pattern made of an event matches it, and no longer once a field differs', async (t) => {
	const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
	const name = fc.stringMatching(/^[a-z]{1,3}$/);
	const event = fc.dictionary(name, leaf, { minKeys: 1, noNullPrototype: true });
	fc.assert(
		fc.property(event, fc.nat(), (event, choice) => {
			const pattern = Object.fromEntries(Object.entries(event).map(([key, value]) => [key, [value]]));
			t.ok(matchesPattern({ detail: pattern }, { detail: event }));
			const keys = Object.keys(event);
			const changed = keys[choice % keys.length] ?? '';
			t.notOk(matchesPattern({ detail: pattern }, { detail: { ...event, [changed]: 'other than any' } }));
		}),
	);
});
