import type { FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import { type AnswerCallbackOutcome, MAX_OUTPUT_BYTES } from '../../tasks/answer-callback.ts';
import { CALLBACK_KEY_PATTERN, type CallbackAnswer, type CallbackId } from '../../tasks/callbacks.ts';
import type { Log } from '../../tasks/log.ts';
import { ProblemError, problemResponses } from '../problems/problem.ts';

/** Returns the principal of a callback token, or `undefined` if the token is invalid. */
export type VerifyCallbackToken = (token: string) => Promise<string | undefined>;

/**
 * Sets the request's principal from its callback token. It runs before the rest of the request is read, so that a
 * stranger learns nothing about keys or schemas.
 */
export function requireCallbackToken(verifyToken: VerifyCallbackToken) {
	/** @throws {@link ProblemError} `unauthorized` without a valid token. */
	return async (request: FastifyRequest): Promise<void> => {
		const [, token] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
		const principal = token === undefined ? undefined : await verifyToken(token);
		if (principal === undefined)
			throw new ProblemError('unauthorized', 'A valid callback token is required as a bearer token.');
		request.principal = principal;
	};
}

/** Dependencies of the routes that answer callbacks. */
export interface AnswerRoute {
	readonly answerCallback: (id: CallbackId, answer: CallbackAnswer) => Promise<AnswerCallbackOutcome>;
	readonly verifyCallbackToken: VerifyCallbackToken;
	readonly now: () => number;
	readonly log: Log;
}

/** The problems of the routes that answer callbacks. */
export const ANSWER_PROBLEMS = problemResponses(
	'malformed-json',
	'unauthorized',
	'not-found',
	'conflict',
	'gone',
	'payload-too-large',
	'unsupported-media-type',
	'validation',
);

/**
 * Answers a callback, logs the outcome, and returns the body of the response.
 * @throws {@link ProblemError} for an answer that was not accepted.
 */
export async function answerOrThrow(
	{ answerCallback, log }: AnswerRoute,
	id: CallbackId,
	answer: CallbackAnswer,
	requestId: string,
): Promise<{ task_id: string }> {
	const outcome = await answerCallback(id, answer);
	log.info(`callback ${outcome.kind}`, {
		callback_key: id.callbackKey,
		status: answer.status,
		answered_by: id.principal,
		request_id: requestId,
		...(outcome.kind === 'accepted' ? { task_id: outcome.taskId } : {}),
	});
	if (outcome.kind !== 'accepted') throw callbackProblem(outcome);
	return { task_id: outcome.taskId };
}

/** The path of one callback. */
export const CallbackParams = Type.Object({
	callback_key: Type.String({
		pattern: CALLBACK_KEY_PATTERN,
		description: '`waiting_for.callback_key` of the task.',
		examples: ['PROJ-123'],
	}),
});

/** Returns the problem for an answer that was not accepted. */
function callbackProblem({
	kind,
}: Exclude<AnswerCallbackOutcome, { readonly kind: 'accepted' }>): ProblemError {
	switch (kind) {
		case 'unknown':
			return new ProblemError('not-found', 'No task waits for this callback key.');
		case 'alreadyAnswered':
			return new ProblemError('conflict', 'The callback has already been answered.');
		case 'expired':
			return new ProblemError('gone', 'The task is no longer waiting for a callback.');
		case 'tooLarge':
			return outputTooLarge();
	}
}

function outputTooLarge(): ProblemError {
	return new ProblemError('payload-too-large', `The output exceeds ${MAX_OUTPUT_BYTES / 1024} KiB of JSON.`);
}

/**
 * Error handler of a route that accepts an output: a single text above the general limit is too large as well.
 *
 * @throws the error, for the app's own error handler.
 */
export function rethrowOversizedOutput(error: Error): never {
	const isOversized =
		error instanceof ProblemError && error.options.faults?.some(({ type }) => type === 'string_too_long');
	throw isOversized ? outputTooLarge() : error;
}
