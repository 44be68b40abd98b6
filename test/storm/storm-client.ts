import { setTimeout as delay } from 'node:timers/promises';

export interface StormTask {
	readonly type: string;
	readonly data: Readonly<Record<string, unknown>>;
}

type Body = Readonly<Record<string, unknown>>;

/** Creates a client that repeats each request until it gets a response or the signal aborts. */
export function createStormClient(url: string, over: AbortSignal) {
	const request = async (
		method: string,
		path: string,
		init: RequestInit = {},
	): Promise<{ status: number; body: Body }> => {
		while (!over.aborted) {
			try {
				const response = await fetch(`${url}${path}`, {
					method,
					...init,
					signal: AbortSignal.timeout(35_000),
				});
				const text = await response.text();
				if (response.status < 500 && response.status !== 429)
					return { status: response.status, body: JSON.parse(text) };
			} catch {
				// The stack is restarting, or the connection broke.
			}
			await delay(500);
		}
		throw new Error(`${method} ${path}: the storm test ended before a response`);
	};
	const send = (path: string, body: unknown, headers: Record<string, string>) =>
		request('POST', path, {
			headers: { 'content-type': 'application/json', ...headers },
			body: JSON.stringify(body),
		});

	return {
		async setFaults(rates: object): Promise<void> {
			const { status } = await request('PUT', '/_local/faults', {
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify({ reset: true, ...rates }),
			});
			if (status !== 200) throw new Error(`PUT /_local/faults: ${status}`);
		},

		/** Posts the task after a delay, with its key, until it is accepted. */
		async accepted(task: StormTask, key: string, afterMs: number): Promise<Body> {
			await delay(afterMs);
			const { status, body } = await send('/v1/tasks', task, { 'idempotency-key': key });
			if (status !== 202) throw new Error(`${status} ${JSON.stringify(body)}`);
			return body;
		},

		async finished(taskId: unknown): Promise<Body> {
			for (;;) {
				const { body } = await request('GET', `/v1/tasks/${String(taskId)}`);
				if (!['PENDING', 'RUNNING'].includes(String(body['status']))) return body;
				await delay(2000);
			}
		},

		/** Approves every release, repeatedly: one that does not wait yet, or no longer, answers with an error. */
		async answerReleases(tasks: readonly StormTask[]): Promise<void> {
			const stories = tasks.flatMap(({ data }) =>
				typeof data['story_id'] === 'string' ? [data['story_id']] : [],
			);
			while (!over.aborted) {
				for (const story of stories)
					await send(
						`/v1/callbacks/${story}`,
						{ status: 'success' },
						{ authorization: 'Bearer local-callback-secret' },
					);
				await delay(3000);
			}
		},
	};
}
