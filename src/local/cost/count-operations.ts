import { setTimeout as delay } from 'node:timers/promises';
import { GetExecutionHistoryCommand, type HistoryEvent, SFNClient } from '@aws-sdk/client-sfn';
import * as Type from 'typebox';
import { executionArnOf } from '../../aws/executions.ts';
import { LOCAL_CREDENTIALS, type Spy, type Stack } from '../../local-aws/index.ts';
import { parseValue } from '../../parse.ts';
import { LOCAL_CALLBACK_SECRET } from '../settings.ts';

/** The AWS operations of one task of a workflow, on average. */
export interface Operations {
	/** Calls by action, such as `dynamodb:PutItem`. */
	readonly actions: Readonly<Record<string, number>>;
	/** Invocations of the workflow's own steps. */
	readonly steps: number;
	readonly stepMs: number;
	/** Milliseconds of `api`, `starter` and `listener`; how often the latter two run depends on the batches. */
	readonly serviceMs: number;
	/** Billed state transitions: each entered state and each retry. */
	readonly transitions: number;
}

/** Operations that are shared by all tasks, such as cached reads. */
const SHARED = new Set(['secretsmanager:GetSecretValue', 'dynamodb:Query']);

const Accepted = Type.Object({ task_id: Type.String(), created_at: Type.String(), type: Type.String() });

/** Concurrent tasks that the stack serves within the time limit of a call, even on a busy machine. */
const MAX_CONCURRENT_TASKS = 5;

/** Posts the tasks, waits for them without polling the API, and counts the operations of each. */
export async function countOperations(
	stack: Stack,
	request: { readonly type: string },
	{ tasks, callbackKey }: { readonly tasks: number; readonly callbackKey?: string | undefined },
): Promise<Operations> {
	const sfn = new SFNClient({
		endpoint: stack.awsEndpoint,
		region: stack.region,
		credentials: LOCAL_CREDENTIALS,
	});
	try {
		const before = usageOf(stack);
		let transitions = 0;
		for (let posted = 0; posted < tasks; posted += MAX_CONCURRENT_TASKS) {
			const count = Math.min(MAX_CONCURRENT_TASKS, tasks - posted);
			const accepted = await Promise.all(Array.from({ length: count }, () => post(stack, request)));
			if (callbackKey !== undefined) {
				await Promise.all(accepted.map((task) => readHistory(sfn, stack, task, SUBMITTED)));
				await approve(stack, callbackKey);
			}
			await waitForMirroring(stack, before, posted + count);
			const histories = await Promise.all(accepted.map((task) => readHistory(sfn, stack, task, ENDED)));
			for (const events of histories) transitions += transitionsOf(events);
		}
		await waitForLateWrites(stack);
		return difference(before, usageOf(stack), { tasks, type: request.type, transitions });
	} finally {
		sfn.destroy();
	}
}

async function post({ url }: Stack, request: object): Promise<Type.Static<typeof Accepted>> {
	const answer = await fetch(`${url}/v1/tasks`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(request),
	});
	const body: unknown = await answer.json();
	if (!answer.ok) throw new Error(`POST /v1/tasks returned ${answer.status}: ${JSON.stringify(body)}`);
	return parseValue(Accepted, body, 'accepted task');
}

/** Events of an execution that has ended, or that waits for a callback. */
const ENDED = /^Execution(Succeeded|Failed|Aborted|TimedOut)$/;
const SUBMITTED = /^TaskSubmitted$/;

/** Waiting longer than this means that the stack has failed. */
const MAX_WAIT_MS = 120_000;

async function pollUntil<Value>(
	subject: string,
	intervalMs: number,
	read: () => Promise<Value | undefined> | Value | undefined,
): Promise<Value> {
	for (let waitedMs = 0; waitedMs < MAX_WAIT_MS; waitedMs += intervalMs) {
		const value = await read();
		if (value !== undefined) return value;
		await delay(intervalMs);
	}
	throw new Error(`Gave up waiting for ${subject} after ${MAX_WAIT_MS / 1000} s.`);
}

/** Returns the events of a task's execution as soon as one of them is of that kind. */
function readHistory(
	sfn: SFNClient,
	{ region }: Stack,
	task: Type.Static<typeof Accepted>,
	kind: RegExp,
): Promise<HistoryEvent[]> {
	const executionArn = executionArnOf(`arn:aws:states:${region}:000000000000:stateMachine:task-api-local-`, {
		taskId: task.task_id,
		createdAtMs: Date.parse(task.created_at),
		type: task.type,
	});
	return pollUntil(`task ${task.task_id}`, 20, async () => {
		const { events = [] } = await sfn
			.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }))
			.catch(() => ({ events: [] }));
		return events.some((event) => kind.test(String(event.type))) ? events : undefined;
	});
}

/** The calls and invocations of a stack at one moment. */
interface Usage {
	readonly actions: ReturnType<Spy['actions']>;
	readonly invocations: ReturnType<Spy['invocations']>;
}

const usageOf = ({ spy }: Stack): Usage => ({ actions: spy.actions(), invocations: spy.invocations() });

const countWrites = ({ actions }: Usage) => actions['dynamodb:UpdateItem'] ?? 0;

/** Waits until the start and the end of the given number of executions are stored. */
async function waitForMirroring(stack: Stack, before: Usage, tasks: number): Promise<void> {
	const writes = countWrites(before) + 2 * tasks;
	await pollUntil(`${tasks} tasks`, 20, () => countWrites(usageOf(stack)) >= writes || undefined);
}

/** Waits until the number of writes is stable, so that late writes are counted. */
async function waitForLateWrites(stack: Stack): Promise<void> {
	let previous = -1;
	await pollUntil('the last writes', 200, () => {
		const isStable = countWrites(usageOf(stack)) === previous;
		previous = countWrites(usageOf(stack));
		return isStable || undefined;
	});
}

function difference(
	before: Usage,
	after: Usage,
	{ tasks, type, transitions }: { tasks: number; type: string; transitions: number },
): Operations {
	const actions = Object.entries(after.actions)
		.filter(([action]) => !SHARED.has(action))
		.map(([action, count]) => [action, (count - (before.actions[action] ?? 0)) / tasks] as const)
		.filter(([, count]) => count > 0);
	const used = (isMeant: (name: string) => boolean) =>
		Object.entries(after.invocations)
			.filter(([name]) => isMeant(name))
			.map(([name, { count, ms }]) => ({
				count: count - (before.invocations[name]?.count ?? 0),
				ms: ms - (before.invocations[name]?.ms ?? 0),
			}))
			.reduce((sum, each) => ({ count: sum.count + each.count, ms: sum.ms + each.ms }), { count: 0, ms: 0 });
	const steps = used((name) => name.toLowerCase().endsWith(`-${type.replaceAll('-', '')}steps`));
	const service = used((name) => /-(api|starter|listener)$/.test(name));
	return {
		actions: Object.fromEntries(actions),
		steps: steps.count / tasks,
		stepMs: steps.ms / tasks,
		serviceMs: service.ms / tasks,
		transitions: transitions / tasks,
	};
}

function transitionsOf(events: readonly HistoryEvent[]): number {
	const count = (pattern: RegExp) => events.filter(({ type }) => pattern.test(String(type))).length;
	const retries = Math.max(0, count(/^(Task|LambdaFunction)Scheduled$/) - count(/^TaskStateEntered$/));
	return count(/StateEntered$/) + retries;
}

async function approve({ url }: Stack, callbackKey: string): Promise<void> {
	const { status } = await fetch(`${url}/v1/callbacks/${callbackKey}`, {
		method: 'POST',
		headers: { authorization: `Bearer ${LOCAL_CALLBACK_SECRET}`, 'content-type': 'application/json' },
		body: '{"status":"success"}',
	});
	if (status !== 200) throw new Error(`The callback ${callbackKey} was answered with ${status}.`);
}
