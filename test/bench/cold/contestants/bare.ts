import { isNewTask } from './is-new-task.ts';
import { createTask, getTask, PROBLEM } from './task-rows.ts';

interface Event {
	readonly rawPath: string;
	readonly body?: string;
	readonly isBase64Encoded: boolean;
	readonly requestContext: { readonly http: { readonly method: string } };
}

/** A handler without a framework, as written in an hour. */
export async function handler({ rawPath, body, isBase64Encoded, requestContext }: Event) {
	const { method } = requestContext.http;
	if (method === 'POST' && rawPath === '/v1/tasks') {
		const text = isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString() : (body ?? '');
		let request: unknown;
		try {
			request = JSON.parse(text);
		} catch {
			return answer(400, { ...PROBLEM, status: 400 }, 'application/problem+json');
		}
		if (!isNewTask(request)) return answer(422, PROBLEM, 'application/problem+json');
		const task = await createTask({ ...request, tags: request.tags ?? {} });
		if (task === undefined) return answer(409, { ...PROBLEM, status: 409 }, 'application/problem+json');
		return answer(202, task, 'application/json', { location: task.links.self, 'retry-after': '1' });
	}
	const [, taskId] = /^\/v1\/tasks\/([0-9a-f-]{36})$/.exec(rawPath) ?? [];
	if (method !== 'GET' || taskId === undefined)
		return answer(404, { ...PROBLEM, status: 404 }, 'application/problem+json');
	const task = await getTask(taskId);
	if (task === undefined) return answer(404, { ...PROBLEM, status: 404 }, 'application/problem+json');
	return answer(200, task, 'application/json', { 'retry-after': '1' });
}

function answer(statusCode: number, body: object, contentType: string, headers: Record<string, string> = {}) {
	return { statusCode, headers: { 'content-type': contentType, ...headers }, body: JSON.stringify(body) };
}
