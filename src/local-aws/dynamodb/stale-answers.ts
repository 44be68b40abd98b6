/** Answers kept for being given again; enough for whoever asks the same thing repeatedly. */
const KEPT = 1000;

const READS: ReadonlySet<string> = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan']);

/** What eventually consistent reads were answered, so that they can be answered so again though it is no longer true. */
export interface StaleAnswers {
	/** An earlier answer to the very same read, where `isStale` says that this one is to get it. */
	answerTo(operation: string, request: string): Buffer | undefined;
	/** Keeps what was answered to this read. */
	keep(operation: string, request: string, answer: unknown): void;
}

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
			if (answers.size > KEPT && oldest !== undefined) answers.delete(oldest);
		},
	};
}
