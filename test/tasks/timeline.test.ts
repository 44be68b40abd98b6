import { type Test, test } from 'tap';
import { toHistoryEvent } from '../../src/aws/executions.ts';
import type { JsonObject } from '../../src/local-aws/json.ts';
import type { HistoryEvent } from '../../src/tasks/task-executions.ts';
import { buildTimeline } from '../../src/tasks/timeline.ts';
import {
	type Answer,
	failure,
	ok,
	openStepFunctions,
	TASK,
} from '../local-aws/step-functions/run-machine.ts';

const pass = (more: JsonObject = {}) => ({ Type: 'Pass', ...more });

/** The timeline of a run on the local Step Functions, as the API's own reader sees its history. */
function run(t: Test, answer: Answer = ({ input }) => ok(input)) {
	const machine = openStepFunctions(t, { answer });
	const timeline = async (executionArn: string) => {
		const events = (await machine.events(executionArn)).map((event): HistoryEvent => {
			const { timestamp, ...rest } = event;
			return toHistoryEvent(
				{ ...Object(rest), timestamp: new Date(Number(timestamp) * 1000) },
				{ Broken: {}, Fatal: {}, No: {} },
			);
		});
		return buildTimeline(events);
	};
	const entries = async (executionArn: string) =>
		(await timeline(executionArn)).map(
			({ state, type, attempt, status, mapIndex, branch, error, exitedAtMs }) =>
				[
					`${type} ${state}`,
					`${status} ${attempt}`,
					...(mapIndex === undefined ? [] : [`item ${mapIndex}`]),
					...(branch === undefined ? [] : [`branch ${branch}`]),
					...(error === undefined ? [] : [error.code]),
					...(exitedAtMs === undefined ? ['open'] : []),
				].join(', '),
		);
	return { ...machine, timeline, entries };
}

test('states are in order, and nested states belong to their item or branch', async (t) => {
	const { create, start, entries } = run(t);
	const only = (name: string) => ({ StartAt: name, States: { [name]: pass({ End: true }) } });
	const arn = await start(
		await create({
			First: pass({ Next: 'Every' }),
			Every: { Type: 'Map', Items: [1, 2], MaxConcurrency: 1, ItemProcessor: only('Inner'), Next: 'Both' },
			Both: {
				Type: 'Parallel',
				Branches: [only('Left'), only('Right')],
				Next: 'Last',
			},
			Last: { Type: 'Succeed' },
		}),
	);
	t.strictSame((await entries(arn)).toSorted(), [
		'Map Every, SUCCEEDED 1',
		'Parallel Both, SUCCEEDED 1',
		'Pass First, SUCCEEDED 1',
		'Pass Inner, SUCCEEDED 1, item 0',
		'Pass Inner, SUCCEEDED 1, item 1',
		'Pass Left, SUCCEEDED 1, branch 0',
		'Pass Right, SUCCEEDED 1, branch 1',
		'Succeed Last, SUCCEEDED 1',
	]);
	t.equal((await entries(arn))[0], 'Pass First, SUCCEEDED 1');
	t.equal((await entries(arn)).at(-1), 'Succeed Last, SUCCEEDED 1');
});

test('attempts are counted, and a caught failure stays visible', async (t) => {
	const answers = [failure('Busy'), ok(1), failure('Broken'), failure('Fatal')];
	const { create, start, entries, clock } = run(t, () => answers.shift() ?? ok(null));
	const Retry = [{ ErrorEquals: ['Busy'], IntervalSeconds: 1 }];
	const arn = await start(
		await create({
			Work: { ...TASK, Retry, Next: 'Risk' },
			Risk: { ...TASK, Catch: [{ ErrorEquals: ['Broken'], Next: 'Lose' }], End: true },
			Lose: { ...TASK, End: true },
		}),
	);
	await clock.advance(2000);
	t.strictSame(await entries(arn), [
		'Task Work, SUCCEEDED 2',
		'Task Risk, FAILED 1, Broken',
		'Task Lose, FAILED 1, Fatal, open',
	]);
});

test('every attempt has its times, so that the backoff between them is seen', async (t) => {
	const answers = [failure('Broken'), ok(1)];
	const { create, start, timeline, clock } = run(t, () => answers.shift() ?? ok(null));
	const Retry = [{ ErrorEquals: ['Broken'], IntervalSeconds: 3 }];
	const arn = await start(await create({ Work: { ...TASK, Retry, End: true } }));
	await clock.advance(5000);
	const [work] = await timeline(arn);
	const [first, second] = work?.attempts ?? [];
	t.equal(work?.attempts.length, 2);
	t.equal(first?.error?.code, 'Broken');
	t.equal(Number(second?.startedAtMs) - Number(first?.endedAtMs), 3000);
	t.equal(second?.endedAtMs, work?.exitedAtMs);
});

test('an open state is RUNNING, and a stopped one is ABORTED', async (t) => {
	const { create, start, entries, api } = run(t, () => new Promise(() => {}));
	const executionArn = await start(await create({ Work: { ...TASK, End: true } }));
	t.strictSame(await entries(executionArn), ['Task Work, RUNNING 1, open']);
	await api('StopExecution', { executionArn });
	t.strictSame(await entries(executionArn), ['Task Work, ABORTED 1, open']);
});

test('a redrive adds one attempt to its state', async (t) => {
	let isBroken = true;
	const { create, start, entries, api, settle } = run(t, () => (isBroken ? failure('No') : ok(1)));
	const executionArn = await start(await create({ Work: { ...TASK, End: true } }));
	t.strictSame(await entries(executionArn), ['Task Work, FAILED 1, No, open']);
	isBroken = false;
	await api('RedriveExecution', { executionArn });
	await settle();
	t.strictSame(await entries(executionArn), ['Task Work, SUCCEEDED 2']);
});
