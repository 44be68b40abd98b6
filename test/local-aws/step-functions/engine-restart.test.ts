import { copyFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type Test, test } from 'tap';
import type { JsonObject } from '../../../src/local-aws/json.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { type Answer, failure, ok, openStepFunctions, TASK } from './run-machine.ts';

const call = (name: string, more: object = {}) => ({
	...TASK,
	Arguments: { FunctionName: name },
	End: true,
	...more,
});
const branch = (states: object) => ({ StartAt: Object.keys(states)[0] ?? '', States: { ...states } });
const RETRY = [{ ErrorEquals: ['Busy'], IntervalSeconds: 3, MaxAttempts: 1 }];
const CATCH = [{ ErrorEquals: ['States.ALL'], Output: '{% $states.errorOutput.Error %}', Next: 'Rescued' }];
const RESCUED = { Type: 'Pass', End: true };

/** Machines with all kinds of events that a restart must not repeat. */
const MACHINES: Record<string, JsonObject> = {
	'successful branches and iterations': {
		Begin: { Type: 'Pass', Assign: { limit: 3 }, Output: [1, 2, 3], Next: 'Rest' },
		Rest: { Type: 'Wait', Seconds: 5, Next: 'Every' },
		Every: {
			Type: 'Map',
			MaxConcurrency: 2,
			ItemProcessor: branch({
				Echo: call('echo', { Output: '{% $states.context.Map.Item.Value * $limit %}' }),
			}),
			Next: 'Both',
		},
		Both: {
			Type: 'Parallel',
			Branches: [
				branch({ Sum: call('sum', { Retry: RETRY }) }),
				branch({ Nap: { Type: 'Wait', Seconds: 2, End: true } }),
			],
			End: true,
		},
	},
	'a branch that fails twice and aborts its sibling': {
		Both: {
			Type: 'Parallel',
			Branches: [
				branch({ Slow: call('slow') }),
				branch({ Nap: { Type: 'Wait', Seconds: 2, Next: 'Weak' }, Weak: call('busy') }),
			],
			Retry: RETRY,
			Catch: CATCH,
			End: true,
		},
		Rescued: RESCUED,
	},
	'a failed iteration': {
		Every: {
			Type: 'Map',
			Items: ['slow', 'echo', 'busy', 'echo'],
			MaxConcurrency: 2,
			ItemProcessor: branch({
				Nap: { Type: 'Wait', Seconds: 1, Next: 'Call' },
				Call: call('{% $states.input %}'),
			}),
			Catch: CATCH,
			End: true,
		},
		Rescued: RESCUED,
	},
	'a failed expression that is retried': {
		Work: {
			...call('{% $states.context.State.RetryCount = 0 ? $nothing : "echo" %}'),
			Retry: [{ ErrorEquals: ['States.QueryEvaluationError'], IntervalSeconds: 3 }],
		},
	},
	'a timed-out task': {
		Work: {
			...call('slow'),
			TimeoutSeconds: 4,
			Retry: [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 2 }],
			Catch: CATCH,
		},
		Rescued: RESCUED,
	},
};

const answer: Answer = ({ input, signal }) => {
	const { FunctionName } = Object(input);
	if (FunctionName === 'busy') return failure('Busy');
	if (FunctionName !== 'slow') return ok(1);
	return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
};

/** Resets the file to the time when the history had this number of events. */
function forget(file: string, events: number): void {
	const database = new DatabaseSync(file);
	database.prepare('DELETE FROM events WHERE id > ?').run(events);
	database.exec(
		"UPDATE executions SET status = 'RUNNING', document = json_remove(json_set(document, '$.status', 'RUNNING'), '$.output', '$.stoppedAtMs', '$.error', '$.cause')",
	);
	database.close();
}

const END_MS = 30_000;

async function runWhole(t: Test, states: JsonObject, file: string) {
	const clock = createManualClock();
	const whole = openStepFunctions(t, { answer, file, clock });
	const execution = await whole.start(await whole.create(states), {}, 'run');
	await clock.advance(END_MS);
	const events = await whole.events(execution);
	const { status, output } = await whole.describe(execution);
	await whole.close();
	return { execution, events, status, output };
}

const keyOf = ({ type, ...event }: JsonObject) =>
	JSON.stringify([type, Object(event['stateEnteredEventDetails'] ?? event['stateExitedEventDetails']).name]);

for (const [name, states] of Object.entries(MACHINES)) {
	test(`killed after any event, it goes on as if nothing had been: ${name}`, async (t) => {
		const folder = t.testdir({});
		const { execution, events, status, output } = await runWhole(t, states, `${folder}/whole.db`);
		for (const [index, last] of events.entries()) {
			const kept = index + 1;
			const file = `${folder}/${kept}.db`;
			copyFileSync(`${folder}/whole.db`, file);
			forget(file, kept);
			const clock = createManualClock(Number(last['timestamp']) * 1000);
			const second = openStepFunctions(t, { answer, file, clock });
			await clock.advance(END_MS);
			t.match(await second.describe(execution), { status, output }, `after ${kept} events`);
			const after = await second.events(execution);
			t.strictSame(after.map(keyOf).toSorted(), events.map(keyOf).toSorted(), `after ${kept} events`);
			t.strictSame(after.slice(0, kept), events.slice(0, kept), 'recorded events are unchanged');
			await second.close();
		}
	});
}
