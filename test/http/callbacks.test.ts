import { type Test, test } from 'tap';
import { createCallbacksApp } from '../../src/http/app.ts';
import { createBearerCheck } from '../../src/http/bearer-secret.ts';
import type { AnswerCallbackOutcome } from '../../src/tasks/answer-callback.ts';
import type { CallbackAnswer } from '../../src/tasks/callback.ts';
import { contractFaults } from '../support/contract.ts';
import { EXAMPLE_TASK_ID } from '../support/example-task.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const SECRET = 'a-secret';

function setup(t: Test, outcome: AnswerCallbackOutcome = { kind: 'taken', taskId: EXAMPLE_TASK_ID }) {
	const { log, lines } = createRecordingLog();
	const answers: { key: string; answer: CallbackAnswer }[] = [];
	const app = createCallbacksApp({
		answerCallback: async (key, answer) => {
			answers.push({ key, answer });
			return outcome;
		},
		holdsSecret: createBearerCheck(async () => SECRET),
		now: () => 7,
		log,
	});
	t.teardown(() => app.close());
	const post = async (body: unknown, { key = 'PROJ-123', authorization = `Bearer ${SECRET}` } = {}) => {
		const url = `/v1/callbacks/${key}`;
		const headers = {
			'content-type': 'application/json',
			...(authorization === '' ? {} : { authorization }),
		};
		const response = await app.inject({ method: 'POST', url, headers, payload: JSON.stringify(body) });
		const answer = { status: response.statusCode, headers: response.headers, body: response.json<unknown>() };
		t.strictSame(contractFaults('POST', url, answer), []);
		return answer;
	};
	return { post, answers, lines };
}

const YES = { status: 'success', message: 'Looks good.' };

test('an answer is taken, and told without its secret', async (t) => {
	const { post, answers, lines } = setup(t);
	t.match(await post({ ...YES, output: { by: 'Ada' } }), { status: 200, body: { task_id: EXAMPLE_TASK_ID } });
	t.strictSame(answers, [{ key: 'PROJ-123', answer: { ...YES, output: { by: 'Ada' }, atMs: 7 } }]);
	t.match(lines, [{ message: 'callback taken', task_id: EXAMPLE_TASK_ID, callback_key: 'PROJ-123' }]);
	t.notMatch(JSON.stringify(lines), SECRET);
});

test('without the secret nothing is learned, not even whether the request is well formed', async (t) => {
	const { post, answers } = setup(t);
	const wrong = [
		'',
		'Bearer',
		'Bearer x',
		`Bearer ${SECRET}x`,
		`Basic ${SECRET}`,
		SECRET,
		`Bearer ${SECRET} x`,
	];
	for (const authorization of wrong) {
		for (const body of [YES, {}])
			t.match(
				await post(body, { authorization }),
				{ status: 401, body: { type: '/problems/unauthorized' } },
				authorization,
			);
	}
	t.strictSame(answers, []);
});

test('an empty secret lets nobody in', async (t) => {
	const holdsSecret = createBearerCheck(async () => '');
	t.equal(await holdsSecret('Bearer '), false);
	t.equal(await holdsSecret('Bearer x'), false);
});

test('each refusal has its status', async (t) => {
	for (const [kind, status] of [
		['unknown', 404],
		['used', 409],
		['late', 410],
	] as const) {
		const { post, lines } = setup(t, { kind });
		t.equal((await post(YES)).status, status);
		t.match(lines, [{ message: `callback ${kind}` }]);
	}
});

test('a bad answer is told precisely and changes nothing', async (t) => {
	const { post, answers } = setup(t);
	for (const body of [
		{},
		{ status: 'maybe' },
		{ ...YES, more: 1 },
		{ ...YES, message: 'x'.repeat(4001) },
		[],
	])
		t.equal((await post(body)).status, 422, JSON.stringify(body).slice(0, 50));
	for (const key of ['a b', '%2e%2e%2f', 'x'.repeat(129)])
		t.ok([400, 422].includes((await post(YES, { key })).status), key);
	t.strictSame(answers, []);
});
