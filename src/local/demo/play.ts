import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import * as Type from 'typebox';
import { parseValue } from '../../parse.ts';
import { LOCAL_CALLBACK_SECRET } from '../settings.ts';

/** The scenes: a task and its description. */
export const SCENES = {
	greeting: {
		about: 'one task, from its acceptance to its end',
		task: { type: 'greeting', data: { name: 'Ada' } },
	},
	release: {
		about: 'partners at work, then a person who approves',
		task: {
			type: 'release',
			data: { story_id: 'DEMO-1', package_ids: ['web-1.4.0', 'api-2.0.1'], environment: 'staging' },
		},
	},
} as const;

/** Name of a scene. */
export type SceneName = keyof typeof SCENES;

const Task = Type.Object({
	task_id: Type.String(),
	status: Type.String(),
	waiting_for: Type.Optional(Type.Object({ callback_key: Type.String(), expires_at: Type.String() })),
	result: Type.Optional(Type.Unknown()),
	error: Type.Optional(Type.Unknown()),
});
const Events = Type.Object({
	events: Type.Array(Type.Object({ state: Type.String(), status: Type.String() })),
});

/** Shorter than a client's polling interval, to show each status. */
const POLL_MS = 10;
const FINISHED = new Set(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']);

/** Posts the scene's task and follows it to its end. The answer is the process's exit code. */
export async function play(url: string, scene: SceneName, isAsked: boolean): Promise<number> {
	const body = SCENES[scene].task;
	const tell = createTeller();
	console.log(`POST ${url}/v1/tasks ${JSON.stringify(body)}\n`);
	const accepted = await fetch(`${url}/v1/tasks`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body),
	});
	if (accepted.status !== 202) {
		console.error(`The API answered ${accepted.status}: ${await accepted.text()}`);
		return 1;
	}
	let task = parseValue(Task, await accepted.json(), 'answer');
	tell(task.status, task.task_id);
	const path = `${url}/v1/tasks/${task.task_id}`;
	let answered = false;
	for (let shown = task.status; !FINISHED.has(task.status); ) {
		await new Promise((resolve) => setTimeout(resolve, POLL_MS));
		task = parseValue(Task, await (await fetch(path)).json(), 'answer');
		if (task.status !== shown) tell(task.status, '');
		shown = task.status;
		if (task.waiting_for === undefined || answered) continue;
		tell('waits', `for an answer to ${task.waiting_for.callback_key}, until ${task.waiting_for.expires_at}`);
		await answer(url, task.waiting_for.callback_key, isAsked, tell);
		answered = true;
	}
	const { events } = parseValue(Events, await (await fetch(`${path}/events`)).json(), 'events');
	console.log(`\n${events.map(({ state, status }) => `  ${status.padEnd(10)} ${state}`).join('\n')}`);
	console.log(`\n${JSON.stringify(task.result ?? task.error, null, 2)}`);
	return task.status === 'SUCCEEDED' ? 0 : 1;
}

/** Posts the answer to the callback, as a partner would. */
async function answer(url: string, callbackKey: string, isAsked: boolean, tell: Tell): Promise<void> {
	const status = !isAsked || (await isApproved()) ? 'success' : 'failure';
	const response = await fetch(`${url}/v1/callbacks/${callbackKey}`, {
		method: 'POST',
		headers: { authorization: `Bearer ${LOCAL_CALLBACK_SECRET}`, 'content-type': 'application/json' },
		body: JSON.stringify({ status, message: 'Said so in the demo.' }),
	});
	tell('answered', `${status}: ${response.status} ${await response.text()}`);
}

async function isApproved(): Promise<boolean> {
	const terminal = createInterface({ input: process.stdin, output: process.stdout });
	try {
		return /^y(es)?$/i.test((await terminal.question('\n  approve? [y/n] ')).trim());
	} finally {
		terminal.close();
	}
}

type Tell = (what: string, detail: string) => void;

/** Prints lines with the time since the beginning. */
function createTeller(): Tell {
	const begunAtMs = performance.now();
	return (what, detail) =>
		console.log(
			`${String(Math.round(performance.now() - begunAtMs)).padStart(6)} ms  ${styleText('bold', what.padEnd(10))} ${detail}`,
		);
}
