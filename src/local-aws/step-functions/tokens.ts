import * as Type from 'typebox';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError, type Operation } from '../endpoint/service.ts';
import type { Json } from '../json.ts';
import type { TaskTokens, WaitingTask } from './run.ts';

/** Creates the registry of callback tokens. A token contains its execution's ARN, so that expired tokens are recognised. */
export function createTaskTokens(newId: () => string): TaskTokens {
	const waiting = new Map<string, WaitingTask>();
	return {
		issue: (executionArn) => Buffer.from(JSON.stringify({ executionArn, id: newId() })).toString('base64'),
		register(token, task) {
			waiting.set(token, task);
		},
		remove(token) {
			waiting.delete(token);
		},
		get(token) {
			const task = waiting.get(token);
			if (task !== undefined) return task;
			if (isWellFormed(token))
				throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
			throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
		},
	};
}

function isWellFormed(token: string): boolean {
	try {
		return typeof Object(JSON.parse(Buffer.from(token, 'base64').toString())).executionArn === 'string';
	} catch {
		return false;
	}
}

const Token = Type.String({ minLength: 1, maxLength: 2048 });
const SuccessInput = Type.Object({ taskToken: Token, output: Type.String({ maxLength: 262_144 }) });
const FailureInput = Type.Object({
	taskToken: Token,
	error: Type.Optional(Type.String({ maxLength: 256 })),
	cause: Type.Optional(Type.String({ maxLength: 32_768 })),
});
const HeartbeatInput = Type.Object({ taskToken: Token });

/** Creates the operations for the holder of a callback token; `flush` makes their effect durable. */
export function createTokenOperations(tokens: TaskTokens, flush: () => void): Record<string, Operation> {
	return {
		SendTaskSuccess(request) {
			const { taskToken, output } = parseInput(SuccessInput, request);
			const value = parseOutput(output);
			tokens.get(taskToken).settle({ ok: true, output: value });
			flush();
			return {};
		},
		SendTaskFailure(request) {
			const { taskToken, error, cause } = parseInput(FailureInput, request);
			tokens.get(taskToken).settle({ ok: false, error, cause });
			flush();
			return {};
		},
		SendTaskHeartbeat(request) {
			tokens.get(parseInput(HeartbeatInput, request).taskToken).heartbeat();
			flush();
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
