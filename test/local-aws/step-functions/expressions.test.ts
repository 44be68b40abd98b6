import { test } from 'tap';
import type { Json } from '../../../src/local-aws/json.ts';
import { evaluateTemplate } from '../../../src/local-aws/step-functions/expressions.ts';

const SOURCES = { random: () => 0.25, newId: () => 'an-id', now: () => Date.UTC(2026, 0, 1) };
const SCOPE = { states: { input: { n: 2, list: [3, 1, 2] } }, variables: { limit: 5 } };

const value = (template: Json) => evaluateTemplate(template, SCOPE, SOURCES, 'Output');

test('only strings enclosed in {% and %} are evaluated', async (t) => {
	const cases: [Json, Json][] = [
		['{% $states.input.n + $limit %}', 7],
		['{%$limit%}', 5],
		['a {% 1 %} b', 'a {% 1 %} b'],
		['$limit', '$limit'],
		[
			{ a: ['{% $limit %}', { b: '{% null %}' }], c: 1 },
			{ a: [5, { b: null }], c: 1 },
		],
		[{ '{% 1 %}': 2 }, { '{% 1 %}': 2 }],
		['{% $states.input.list[$ > 1] %}', [3, 2]],
		['{% $states.input.list[$ > 2] %}', 3],
		['{% {"a": $states.input.list.($ * 2)} %}', { a: [6, 2, 4] }],
	];
	for (const [template, expected] of cases)
		t.strictSame(await value(template), expected, JSON.stringify(template));
});

test('the functions that Step Functions adds to JSONata', async (t) => {
	const cases: [string, Json][] = [
		['$partition([1, 2, 3, 4, 5], 2)', [[1, 2], [3, 4], [5]]],
		['$partition([0], 5)', [[0]]],
		['$partition([0, 1], 2)', [[0, 1]]],
		['$partition([], 2)', []],
		['$range(0, 9, 3)', [0, 3, 6, 9]],
		['$range(5, 1, -2)', [5, 3, 1]],
		['$range(0, 10, 3)', [0, 3, 6, 9]],
		['$count($range(1, 1000, 1))', 1000],
		['$hash("a", "MD5")', '0cc175b9c0f1b6a831c399e269772661'],
		['$hash("a", "SHA-256")', 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
		['$length($hash("a", "SHA-1"))', 40],
		['$length($hash("a", "SHA-384"))', 96],
		['$length($hash("a", "SHA-512"))', 128],
		['$random()', 0.25],
		['$shuffle($range(1, 30, 1)) = $range(1, 30, 1)', true],
		['$random(7) = $random(7)', true],
		['$random(7) = $random(8)', false],
		['$uuid()', 'an-id'],
		['$parse("{\\"a\\": [1]}")', { a: [1] }],
		['$millis()', Date.UTC(2026, 0, 1)],
		['$now()', '2026-01-01T00:00:00.000Z'],
	];
	for (const [expression, expected] of cases)
		t.strictSame(await value(`{% ${expression} %}`), expected, expression);
});

test('a range of one item is that item, as in every JSONata sequence', async (t) => {
	for (const [expression, expected] of [
		['$range(1, 9, 9)', 1],
		['$range(1, 1, 1)', 1],
		['$range(1, 1, 1)[]', [1]],
		['[$range(1, 1, 1)]', [1]],
		['{"list": $range(1, 1, 1)}', { list: 1 }],
		['$count($range(1, 1, 1))', 1],
		['$map($range(1, 1, 1), function($n) { $n + 1 })', 2],
	] as const)
		t.strictSame(await value(`{% ${expression} %}`), expected, expression);
});

test('a failed evaluation names the expression and the field', async (t) => {
	for (const expression of [
		'$states.input.nothing',
		'$nothing',
		'1 + "a"',
		'$sum',
		'function($x) { $x }',
		'[$sum]',
		'{"f": function($x) { $x }}',
		'[1 / 0]',
		'$eval("1")',
		'$hash("a", "CRC")',
		'$hash("a")',
		'$range(1, 2)',
		'$range(1, 1001, 1)',
		'$range(1, 2, 0)',
		'$partition([1], 1.5)',
		'$partition([1])',
		'$uuid(1)',
		'$parse()',
		'$partition([1], 0)',
		'$range(0, 5000, 1)',
		'$parse("{")',
		'$error("why")',
	]) {
		await t.rejects(
			value({ a: `{% ${expression} %}` }),
			{ message: /^States\.QueryEvaluationError: .* specified for the field 'Output\/a'/ },
			expression,
		);
	}
});

test('an endless expression fails without blocking the process', async (t) => {
	for (const expression of [
		'($deeper := function($n) { 1 + $deeper($n) }; $deeper(1))',
		'($again := function() { $again() }; $again())',
	]) {
		await t.rejects(
			value(`{% ${expression} %}`),
			{ message: /^States\.QueryEvaluationError: .* D101[12]: / },
			expression,
		);
	}
});

test('a recursion of 100 levels is allowed', async (t) => {
	t.equal(await value('{% ($sum := function($n) { $n = 0 ? 0 : $n + $sum($n - 1) }; $sum(100)) %}'), 5050);
});
