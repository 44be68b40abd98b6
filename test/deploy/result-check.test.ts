import { test } from 'tap';
import * as Type from 'typebox';
import { findOutputFault } from '../../src/deploy/result-check.ts';
import { WORKFLOWS } from '../../src/workflows/catalog.ts';

const Result = Type.Object(
	{
		count: Type.Integer({ minimum: 0 }),
		state: Type.Enum(['sent', 'skipped']),
		items: Type.Optional(Type.Array(Type.Object({ id: Type.String() }, { additionalProperties: false }))),
		either: Type.Optional(Type.Union([Type.String(), Type.Object({ id: Type.String() })])),
	},
	{ additionalProperties: false },
);

const faultOf = (Output: unknown) =>
	findOutputFault({ States: { Done: { Type: 'Succeed', Output } } }, Result)?.fault;

const VALID = { count: '{% $count %}', state: 'sent' };

test('an output whose expressions may have valid values is accepted', async (t) => {
	for (const output of [
		'{% $states.input %}',
		VALID,
		{ ...VALID, items: '{% $items %}' },
		{ ...VALID, items: [{ id: '{% $id %}' }, { id: 'a' }] },
		{ ...VALID, either: { id: '{% $id %}' } },
		{ ...VALID, either: '${QueueUrl}' },
		{ count: 1, state: 'sent' },
	])
		t.equal(faultOf(output), undefined, JSON.stringify(output));
});

test('a missing or unknown member and a literal of the wrong type are faults, beside expressions too', async (t) => {
	const { count } = VALID;
	const faults: readonly [unknown, string, RegExp][] = [
		['done', '', /^must be object$/],
		[[VALID], '', /^must be object$/],
		[{ count }, '', /^must have required properties state$/],
		[{ ...VALID, total: count }, '/total', /^must be absent$/],
		[{ ...VALID, count: '3', items: count }, '/count', /^must be integer$/],
		[{ ...VALID, count: -1, items: count }, '/count', /^must be >= 0$/],
		[{ ...VALID, state: 'lost' }, '/state', /allowed values/],
		[{ ...VALID, items: { id: count } }, '/items', /^must be array$/],
		[{ ...VALID, items: [{ id: count }, { id: count, 'a/b': 1 }] }, '/items/1/a~1b', /^must be absent$/],
		[{ ...VALID, either: 3 }, '/either', /string/],
	];
	for (const [output, pointer, message] of faults)
		t.match(faultOf(output), { pointer, message }, JSON.stringify(output));
});

test('only states that end the machine are checked', async (t) => {
	const branch = { StartAt: 'Inner', States: { Inner: { Type: 'Pass', Output: 'x', End: true } } };
	const faulty = (state: object) => findOutputFault({ States: { First: state } }, Result)?.state;
	t.equal(faulty({ Type: 'Pass', Output: 'x', Next: 'Last' }), undefined);
	t.equal(faulty({ Type: 'Parallel', Branches: [branch], End: true }), undefined);
	t.equal(faulty({ Type: 'Task', End: true }), undefined);
	t.equal(faulty({ Type: 'Pass', Output: 'x', End: true }), 'First');
	t.equal(faulty({ Type: 'Task', Output: 'x', End: true }), 'First');
});

test('the check covers the results of all workflows', async (t) => {
	for (const [name, { result }] of Object.entries(WORKFLOWS))
		t.match(
			findOutputFault({ States: { End: { Type: 'Succeed', Output: 'x' } } }, result),
			{ fault: { message: 'must be object' } },
			name,
		);
});
