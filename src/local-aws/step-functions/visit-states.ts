import type { Json, JsonObject } from '../json.ts';
import type { State } from './definition.ts';
import { type HistoryEvent, NOT_TRUNCATED } from './history.ts';
import {
	forkThread,
	outputDetails,
	type Run,
	record,
	SiblingFailed,
	serializeData,
	type Thread,
	type Transition,
	type Visit,
} from './run.ts';
import { runChoice, runFail, runPass, runSucceed, runWait } from './states/flow.ts';
import { runMap, runParallel } from './states/parallel-and-map.ts';
import { runTask } from './states/task.ts';

/**
 * Runs the states of a thread from the first to the last and returns the last output. States that the history shows as
 * exited are skipped, so that a restart or a redrive continues where the execution ended.
 *
 * @throws StateError the error of a state that no catcher handles.
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

async function visitState(run: Run, thread: Thread, arrival: Arrival): Promise<Transition> {
	const { key, state } = arrival;
	const exited = run.history.find(`${key}/exited`);
	if (exited !== undefined) {
		thread.lastEventId = exited.id;
		return readTransition(exited);
	}
	const abortedKey = `${key}/aborted/${run.execution.redriveCount}`;
	const aborted = run.history.find(abortedKey);
	if (aborted !== undefined) throw new SiblingFailed(aborted.previousEventId);
	const visit = enterState(run, thread, arrival);
	try {
		const transition = await runState(run, thread, state, visit);
		thread.signal.throwIfAborted();
		record(run, thread, exitedEvent(state, visit, transition));
		return transition;
	} catch (error) {
		if (error instanceof SiblingFailed && ABORTABLE_TYPES.has(state.Type)) {
			const type = `${state.Type}StateAborted`;
			record(run, forkThread(thread, error.eventId), { key: abortedKey, type });
		}
		throw error;
	}
}

function enterState(run: Run, thread: Thread, { key, name, state, input }: Arrival): Visit {
	const { id, previousEventId, timestampMs } = record(run, thread, {
		key: `${key}/entered`,
		type: `${state.Type}StateEntered`,
		details: { name, input: serializeData(input, name), inputDetails: { ...NOT_TRUNCATED } },
	});
	return {
		key,
		name,
		input,
		enteredAtMs: timestampMs,
		enteredEventId: id,
		beforeEventId: previousEventId,
		attempt: 0,
		retryCount: 0,
	};
}

/** The state types that have an `...StateAborted` event. */
const ABORTABLE_TYPES = new Set(['Task', 'Wait', 'Parallel', 'Map']);

function runState(run: Run, thread: Thread, state: State, visit: Visit): Promise<Transition> {
	switch (state.Type) {
		case 'Task':
			return runTask(run, thread, state, visit);
		case 'Pass':
			return runPass(run, thread, state, visit);
		case 'Choice':
			return runChoice(run, thread, state, visit);
		case 'Wait':
			return runWait(run, thread, state, visit);
		case 'Parallel':
			return runParallel(run, thread, state, visit);
		case 'Map':
			return runMap(run, thread, state, visit);
		case 'Succeed':
			return runSucceed(run, thread, state, visit);
		case 'Fail':
			return runFail(run, thread, state, visit);
	}
}

function exitedEvent({ Type }: State, { key, name }: Visit, { output, assigned, next }: Transition) {
	const details: JsonObject = {
		name,
		...outputDetails(serializeData(output, name)),
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
	// The limit applies to all variables together.
	serializeData({ ...assigned }, name);
	const texts = variables.map(([variable, value]) => [variable, JSON.stringify(value)] as const);
	return { assignedVariables: Object.fromEntries(texts), assignedVariablesDetails: { ...NOT_TRUNCATED } };
}

function readTransition({ details, memo }: HistoryEvent): Transition {
	const assigned = Object(memo?.['assigned']);
	const next = memo?.['next'];
	const output = details?.['output'];
	return {
		output: typeof output === 'string' ? JSON.parse(output) : null,
		assigned,
		...(typeof next === 'string' ? { next } : {}),
	};
}
