import type { Lambda } from './lambda.ts';

/** Invocations of one function that state machines have in progress at the same time. */
const MAX_CONCURRENT_INVOCATIONS = 32;

interface Queue {
	inProgress: number;
	readonly waiting: (() => void)[];
}

/**
 * Lambda as state machines use it. On AWS each invocation has a machine of its own; here all share one, and a burst would
 * slow each other down until all time out. Invocations above the limit wait before they begin, and with them their timeout.
 */
export function createQueuedLambda<Queued extends Pick<Lambda, 'invoke'>>(
	lambda: Queued,
	maxConcurrentInvocations = MAX_CONCURRENT_INVOCATIONS,
): Queued {
	const queues = new Map<string, Queue>();

	async function enter(queue: Queue): Promise<void> {
		if (queue.inProgress >= maxConcurrentInvocations) {
			const { promise, resolve } = Promise.withResolvers<void>();
			queue.waiting.push(resolve);
			// The invocation that ends passes its place on, so the count stays the same.
			await promise;
			return;
		}
		queue.inProgress += 1;
	}

	function leave(name: string, queue: Queue): void {
		const next = queue.waiting.shift();
		if (next !== undefined) return next();
		queue.inProgress -= 1;
		if (queue.inProgress === 0) queues.delete(name);
	}

	return {
		...lambda,
		async invoke(...[name, payload, signal]: Parameters<Lambda['invoke']>) {
			const queue = queues.get(name) ?? { inProgress: 0, waiting: [] };
			queues.set(name, queue);
			await enter(queue);
			try {
				return await lambda.invoke(name, payload, signal);
			} finally {
				leave(name, queue);
			}
		},
	};
}
