/** Bounds the memory for stored answers. */
const MAX_ANSWERS = 1000;

const READS: ReadonlySet<string> = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan']);

/** Earlier answers to eventually consistent reads, for the fault that repeats them. */
export interface StaleAnswers {
	/** Returns the earlier answer to the same read if `isStale` chooses it. */
	answerTo(operation: string, request: string): Buffer | undefined;
	/** Stores the answer to a read. */
	keep(operation: string, request: string, answer: unknown): void;
}

/** Creates an empty store of answers. */
export function createStaleAnswers(isStale: () => boolean): StaleAnswers {
	const answers = new Map<string, Buffer>();
	const isEventual = (operation: string, request: string) =>
		READS.has(operation) && !request.includes('"ConsistentRead":true');
	return {
		answerTo(operation, request) {
			const earlier = isEventual(operation, request) ? answers.get(request) : undefined;
			return earlier !== undefined && isStale() ? earlier : undefined;
		},
		keep(operation, request, answer) {
			if (!isEventual(operation, request)) return;
			if (typeof answer === 'string' || Buffer.isBuffer(answer)) answers.set(request, Buffer.from(answer));
			const [oldest] = answers.keys();
			if (answers.size > MAX_ANSWERS && oldest !== undefined) answers.delete(oldest);
		},
	};
}
