import { isAcceptedCallback, isCallback, isCallbackToken, parseBody } from './parse-body.ts';
import { isRepeatedConflict } from './task-api-error.ts';
import type { Callback, CallbackAnswer } from './task-types.ts';
import type { Transport } from './transport.ts';

/** Options of the methods for callbacks. */
export interface CallbackOptions {
	/** Ends the call with the signal's reason. */
	readonly signal?: AbortSignal | undefined;
	/** The credential of the callback's principal. Default: the client asks the API for its own, once. */
	readonly callbackToken?: string | undefined;
}

/** Methods of the client for the callbacks that tasks wait for. */
export interface CallbackMethods {
	/** Answers a callback and so resumes its task. `callbackKey` is `waiting_for.callback_key` of the task. */
	answerCallback(
		callbackKey: string,
		answer: CallbackAnswer,
		options?: CallbackOptions,
	): Promise<{ readonly task_id: string }>;

	/** Reads a callback: its task, its time limit and its answer. */
	getCallback(callbackKey: string, options?: CallbackOptions): Promise<Callback>;
}

/** Creates the methods for callbacks. */
export function createCallbackMethods(send: Transport): CallbackMethods {
	let ownToken: string | undefined;
	const tokenFor = async ({ callbackToken, signal }: CallbackOptions): Promise<string> => {
		if (callbackToken !== undefined) return callbackToken;
		if (ownToken === undefined) {
			const response = await send({ method: 'POST', path: '/v1/callback-tokens', signal });
			ownToken = parseBody(response, isCallbackToken).token;
		}
		return ownToken;
	};
	const pathOf = (callbackKey: string) => `/v1/callbacks/${encodeURIComponent(callbackKey)}`;
	const getCallback: CallbackMethods['getCallback'] = async (callbackKey, options = {}) => {
		const { signal } = options;
		const token = await tokenFor(options);
		return parseBody(await send({ method: 'GET', path: pathOf(callbackKey), token, signal }), isCallback);
	};
	return {
		getCallback,
		async answerCallback(callbackKey, answer, options = {}) {
			const { signal } = options;
			const token = await tokenFor(options);
			const request = { method: 'POST', path: pathOf(callbackKey), body: answer, token, signal } as const;
			try {
				return parseBody(await send(request), isAcceptedCallback);
			} catch (error) {
				if (!isRepeatedConflict(error)) throw error;
				const { task_id, answer: given } = await getCallback(callbackKey, options);
				if (given?.status === answer.status && given.message === answer.message) return { task_id };
				throw error;
			}
		},
	};
}
