import { test } from 'tap';
import { createFaultSwitches } from '../../../src/local-aws/faults/fault-switches.ts';
import { createFaultyEvents } from '../../../src/local-aws/faults/faulty-events.ts';
import { createFaultyLambda } from '../../../src/local-aws/faults/faulty-lambda.ts';
import { createFaultyQueue } from '../../../src/local-aws/faults/faulty-queue.ts';
import type { QueueMessage } from '../../../src/local-aws/lambda/event-source-mapping.ts';
import type { Lambda } from '../../../src/local-aws/lambda/lambda.ts';
import { createManualClock } from '../../support/manual-clock.ts';

test('switches are set, validated and reset', async (t) => {
	const faults = createFaultSwitches();
	t.ok(
		Object.values(faults.read()).every((rate) => rate === 0),
		'all are off at first',
	);
	t.notOk(faults.happens('events.drop'));
	faults.change({ 'events.drop': 1 });
	t.match(faults.change({ 's3.fail': 0.5 }), { 'events.drop': 1, 's3.fail': 0.5, 'sqs.delay': 0 });
	t.ok(faults.happens('events.drop'));
	t.match(faults.change({ reset: true, 'sqs.delay': 1 }), { 'events.drop': 0, 's3.fail': 0, 'sqs.delay': 1 });
	for (const wrong of [{ 'events.drop': 2 }, { 'events.drop': -1 }, { nonsense: 1 }, { seed: 1.5 }, [], null])
		t.throws(() => faults.change(wrong), { code: 'unexpected-shape' }, JSON.stringify(wrong));
	t.match(faults.read(), { 'sqs.delay': 1 }, 'what is wrong changes nothing');
});

test('the same seed gives the same faults, at about their rate', async (t) => {
	const run = (seed: number) => {
		const faults = createFaultSwitches();
		faults.change({ 'events.drop': 0.3, seed });
		return Array.from({ length: 1000 }, () => faults.happens('events.drop'));
	};
	t.strictSame(run(7), run(7));
	t.notSame(run(7), run(8));
	const rate = run(7).filter(Boolean).length / 1000;
	t.ok(rate > 0.25 && rate < 0.35, String(rate));
});

test('events are lost, duplicated or delayed', async (t) => {
	const faults = createFaultSwitches();
	const clock = createManualClock();
	const published: unknown[] = [];
	const publish = createFaultyEvents(async (event) => void published.push(event), {
		faults,
		clock,
		random: () => 0.5,
	});
	await publish('plain');
	faults.change({ 'events.drop': 1 });
	await publish('lost');
	faults.change({ reset: true, 'events.duplicate': 1 });
	await publish('twice');
	faults.change({ reset: true, 'events.shuffle': 1 });
	await publish('late');
	t.strictSame(published, ['plain', 'twice', 'twice']);
	await clock.advance(2000);
	t.strictSame(published, ['plain', 'twice', 'twice', 'late']);
});

test('invocations crash before or after their work, or time out', async (t) => {
	const faults = createFaultSwitches();
	let invoked = 0;
	const sound: Pick<Lambda, 'invoke'> = {
		invoke: async () => {
			invoked += 1;
			return { ok: true, payload: '1' };
		},
	};
	const lambda = createFaultyLambda(sound, faults);
	t.match(await lambda.invoke('f', '{}'), { ok: true });
	for (const [fault, errorType, works] of [
		['lambda.crash-before', 'Runtime.ExitError', 0],
		['lambda.crash-after', 'Runtime.ExitError', 1],
		['lambda.timeout', 'Sandbox.Timedout', 1],
	] as const) {
		faults.change({ reset: true, [fault]: 1 });
		invoked = 0;
		const { ok, payload } = await lambda.invoke('f', '{}');
		t.equal(ok, false);
		t.match(JSON.parse(payload), { errorType });
		t.equal(invoked, works, fault);
	}
});

test('messages are duplicated or delayed', async (t) => {
	const faults = createFaultSwitches();
	const clock = createManualClock();
	const message = (messageId: string): QueueMessage => ({
		messageId,
		receiptHandle: messageId,
		body: '',
		md5OfBody: '',
		attributes: {},
		messageAttributes: {},
	});
	const waiting: string[] = [];
	const waits: number[] = [];
	const queue = createFaultyQueue(
		{
			receive: async ({ waitSeconds }) => {
				waits.push(waitSeconds);
				return waiting.splice(0).map(message);
			},
			remove: async () => undefined,
		},
		{ faults, clock },
	);
	const receive = async (...sent: string[]) => {
		waiting.push(...sent);
		const query = { max: 10, waitSeconds: 20, signal: AbortSignal.abort() };
		return (await queue.receive(query)).map(({ messageId }) => messageId);
	};
	t.strictSame(await receive('a'), ['a']);
	faults.change({ 'sqs.duplicate': 1 });
	t.strictSame(await receive('a', 'b'), ['a', 'b', 'a', 'b']);
	faults.change({ reset: true, 'sqs.delay': 1 });
	t.strictSame(await receive('c'), []);
	faults.change({ reset: true });
	t.strictSame(await receive(), []);
	t.equal(waits.at(-1), 1, 'no long poll while one is held back');
	await clock.advance(3000);
	t.strictSame(await receive(), ['c']);
});
