import * as Type from 'typebox';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError, type Operation } from '../endpoint/service.ts';
import type { Json } from '../json.ts';
import type { Store } from './store.ts';
import type { TaskTokens } from './task-tokens.ts';

const Token = Type.String({ minLength: 1, maxLength: 2048 });
const SuccessInput = Type.Object({ taskToken: Token, output: Type.String({ maxLength: 262_144 }) });
const FailureInput = Type.Object({
	taskToken: Token,
	error: Type.Optional(Type.String({ maxLength: 256 })),
	cause: Type.Optional(Type.String({ maxLength: 32_768 })),
});
const HeartbeatInput = Type.Object({ taskToken: Token });

/** What whoever holds a callback token can do with it. */
export function createTokenOperations(tokens: TaskTokens, store: Store): Record<string, Operation> {
	return {
		SendTaskSuccess(request) {
			const { taskToken, output } = parseInput(SuccessInput, request);
			const value = parseOutput(output);
			tokens.find(taskToken).settle({ ok: true, output: value });
			store.flush();
			return {};
		},
		SendTaskFailure(request) {
			const { taskToken, error, cause } = parseInput(FailureInput, request);
			tokens.find(taskToken).settle({ ok: false, error, cause });
			store.flush();
			return {};
		},
		SendTaskHeartbeat(request) {
			tokens.find(parseInput(HeartbeatInput, request).taskToken).heartbeat();
			store.flush();
			return {};
		},
	};
}

function parseOutput(output: string): Json {
	try {
		return JSON.parse(output);
	} catch {
		throw new AwsError('InvalidOutput', "Invalid Output: 'output is not JSON'");
	}
}
