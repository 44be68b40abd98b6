import * as Type from 'typebox';
import { parseValue } from '../../parse.ts';
import { type Finding, well, wrong } from './check.ts';

const Task = Type.Object({
	task_id: Type.String(),
	status: Type.String(),
	result: Type.Optional(Type.Unknown()),
	error: Type.Optional(Type.Unknown()),
});

const UNFINISHED = new Set(['PENDING', 'RUNNING']);

/** A greeting takes a second; after this many polls, of a second at least, something stands still. */
const MOST_POLLS = 60;

export interface GreetingOptions {
	readonly url: string;
	readonly token: string | undefined;
	readonly wait: (ms: number) => Promise<void>;
}

/** Posts a greeting and follows it to its end, as any client would. It is told to Slack and to the notification topic, too. */
export async function greet({ url, token, wait }: GreetingOptions): Promise<Finding> {
	const headers = {
		'content-type': 'application/json',
		...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
	};
	const accepted = await fetch(`${url}/v1/tasks`, {
		method: 'POST',
		headers,
		body: JSON.stringify({ type: 'greeting', data: { name: 'Doctor' } }),
	});
	if (accepted.status !== 202)
		return wrong(`POST /v1/tasks answered ${accepted.status}: ${await accepted.text()}`);
	let retryAfter = accepted.headers.get('retry-after');
	let task = parseValue(Task, await accepted.json(), 'POST /v1/tasks');
	for (let polls = 0; UNFINISHED.has(task.status) && polls < MOST_POLLS; polls++) {
		await wait(1000 * Number(retryAfter ?? 1));
		const answer = await fetch(`${url}/v1/tasks/${task.task_id}`, { headers });
		if (!answer.ok)
			return wrong(`GET /v1/tasks/${task.task_id} answered ${answer.status}: ${await answer.text()}`);
		retryAfter = answer.headers.get('retry-after');
		task = parseValue(Task, await answer.json(), 'GET /v1/tasks');
	}
	const { task_id, status, result, error } = task;
	const detail = `${task_id} ${status} ${JSON.stringify(result ?? error ?? {})}`;
	return status === 'SUCCEEDED' ? well(detail) : wrong(detail);
}
