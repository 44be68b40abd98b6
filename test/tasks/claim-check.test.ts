import { test } from 'tap';
import { claimedKey, claimKey, findClaimMember, redeem } from '../../src/tasks/claim-check.ts';
import { exampleTask } from '../support/example-task.ts';
import { createMemoryClaimStore } from '../support/memory-claim-store.ts';

const task = exampleTask();
const victim = { ...task, taskId: task.taskId.replace(/1$/, '2') };

test('only a claim of the same execution is redeemed', async (t) => {
	const own = claimKey(task, 'data');
	const foreign = claimKey(victim, 'data');
	const claims = createMemoryClaimStore(
		new Map([
			[own, '"mine"'],
			[foreign, '"secret"'],
		]),
	);
	t.equal(await redeem({ $claim: own }, task, claims), 'mine');
	const forged = [
		foreign,
		`claims/${victim.taskId}-${victim.createdAtMs}/../${task.taskId}-${task.createdAtMs}/data.json`,
		`${own.slice(0, -'data.json'.length)}../${foreign.slice('claims/'.length)}`,
		own.slice(0, -'.json'.length),
		'outputs/x/result.json',
		'',
	];
	for (const $claim of forged) {
		t.equal(claimedKey({ $claim }, task), undefined, $claim);
		t.strictSame(await redeem({ $claim }, task, claims), { $claim });
		t.strictSame(await redeem({ a: { $claim } }, task, claims), { a: { $claim } });
	}
	t.equal(claimedKey({ $claim: own, more: 1 }, task), undefined);
	t.equal(claimedKey(own, task), undefined);
});

test('a member named $claim is found at any depth', (t) => {
	t.strictSame(findClaimMember({ $claim: 'x' }), ['$claim']);
	t.strictSame(findClaimMember({ a: [{}, { b: { $claim: null } }] }), ['a', 1, 'b', '$claim']);
	for (const data of [null, 'text', 1, {}, [], { claim: '$claim', a: ['$claim'] }])
		t.equal(findClaimMember(data), undefined);
	t.end();
});
