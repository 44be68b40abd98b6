import type { Json, JsonObject } from '../json.ts';
import type { State } from './definition-schema.ts';
import { choose, failWith, passThrough, succeed, wait } from './flow-states.ts';
import type { HistoryEvent } from './history.ts';
import { NOT_TRUNCATED } from './history.ts';
import { runMap } from './map-state.ts';
import { runParallel } from './parallel-state.ts';
import {
	dataText,
	outputDetails,
	type Run,
	record,
	SiblingFailed,
	type Thread,
	type Transition,
	type Visit,
} from './run.ts';
import { besides } from './siblings.ts';
import { runTask } from './task-state.ts';

/**
 * Goes through the thread's states from its first to its end, and gives the last one's output.
 * What was done before a restart or a redrive is skipped: a visit that has left its state is in the history.
 */
export async function visitStates(run: Run, thread: Thread, input: Json): Promise<Json> {
	let name = thread.branch.StartAt;
	let value = input;
	for (let visits = 0; ; visits++) {
		const state = thread.branch.States[name];
		if (state === undefined) throw new Error(`The definition has no state ${name}.`);
		const { output, assigned, next } = await visitState(run, thread, {
			key: `${thread.key}/${visits}`,
			name,
			state,
			input: value,
		});
		Object.assign(thread.variables, assigned);
		if (next === undefined) return output;
		name = next;
		value = output;
	}
}

interface Arrival {
	readonly key: string;
	readonly name: string;
	readonly state: State;
	readonly input: Json;
}

async function visitState(
	run: Run,
	thread: Thread,
	{ key, name, state, input }: Arrival,
): Promise<Transition> {
	const left = run.history.find(`${key}/exited`);
	if (left !== undefined) {
		thread.lastEventId = left.id;
		return recordedTransition(left);
	}
	const aborted = `${key}/aborted/${run.execution.redriveCount}`;
	const stopped = run.history.find(aborted);
	if (stopped !== undefined) throw new SiblingFailed(stopped.previousEventId);
	const visit = enter(run, thread, { key, name, state, input });
	try {
		const transition = await carryOut(run, thread, state, visit);
		thread.signal.throwIfAborted();
		record(run, thread, exitedEvent(state, visit, transition));
		return transition;
	} catch (error) {
		if (error instanceof SiblingFailed && CAN_BE_ABORTED.has(state.Type))
			record(run, besides(thread, error.eventId), { key: aborted, type: `${state.Type}StateAborted` });
		throw error;
	}
}

function enter(run: Run, thread: Thread, { key, name, state, input }: Arrival): Visit {
	const { id, previousEventId, timestampMs } = record(run, thread, {
		key: `${key}/entered`,
		type: `${state.Type}StateEntered`,
		details: { name, input: dataText(input, name), inputDetails: { ...NOT_TRUNCATED } },
	});
	return {
		key,
		name,
		input,
		enteredAtMs: timestampMs,
		enteredEventId: id,
		afterEventId: previousEventId,
		attempt: 0,
		retryCount: 0,
	};
}

const CAN_BE_ABORTED = new Set(['Task', 'Wait', 'Parallel', 'Map']);

function carryOut(run: Run, thread: Thread, state: State, visit: Visit): Promise<Transition> {
	switch (state.Type) {
		case 'Task':
			return runTask(run, thread, state, visit);
		case 'Pass':
			return passThrough(run, thread, state, visit);
		case 'Choice':
			return choose(run, thread, state, visit);
		case 'Wait':
			return wait(run, thread, state, visit);
		case 'Parallel':
			return runParallel(run, thread, state, visit);
		case 'Map':
			return runMap(run, thread, state, visit);
		case 'Succeed':
			return succeed(run, thread, state, visit);
		case 'Fail':
			return failWith(run, thread, state, visit);
	}
}

function exitedEvent({ Type }: State, { key, name }: Visit, { output, assigned, next }: Transition) {
	const details: JsonObject = {
		name,
		...outputDetails(dataText(output, name)),
		...assignedDetails(assigned, name),
	};
	return {
		key: `${key}/exited`,
		type: `${Type}StateExited`,
		details,
		memo: { assigned: { ...assigned }, ...(next === undefined ? {} : { next }) },
	};
}

function assignedDetails(assigned: Transition['assigned'], name: string): JsonObject {
	const variables = Object.entries(assigned);
	if (variables.length === 0) return {};
	dataText({ ...assigned }, name);
	const texts = variables.map(([variable, value]) => [variable, JSON.stringify(value)] as const);
	return { assignedVariables: Object.fromEntries(texts), assignedVariablesDetails: { ...NOT_TRUNCATED } };
}

function recordedTransition({ details, memo }: HistoryEvent): Transition {
	const assigned = Object(memo?.['assigned']);
	const next = memo?.['next'];
	const output = details?.['output'];
	return {
		output: typeof output === 'string' ? JSON.parse(output) : null,
		assigned,
		...(typeof next === 'string' ? { next } : {}),
	};
}
