import type { Clock } from '../clock.ts';
import { AwsError } from '../endpoint/service.ts';
import type { JsonObject } from '../json.ts';
import type { Definition } from './definition.ts';
import { createStatusEvent, type Execution, type Machine, redriveOf, redriveStatusOf } from './execution.ts';
import { createHistory, type HistoryEvent } from './history.ts';
import { parseDefinition } from './parse-definition.ts';
import type { ServiceAnswer, ServiceCall, TaskTokens } from './run.ts';
import { type Ending, ExecutionStopped, runExecution, Suspended } from './run-execution.ts';
import type { OutboxEntry, Store } from './store.ts';
import { visitStates } from './visit-states.ts';

/** The dependencies of the engine. */
export interface EngineOptions {
	readonly region: string;
	readonly accountId: string;
	readonly clock: Clock;
	readonly newId: () => string;
	/** Returns a number from 0 (inclusive) to 1 (exclusive). */
	readonly random: () => number;
	readonly store: Store;
	readonly tokens: TaskTokens;
	/** Performs a Task state's call of another service. */
	readonly call: (call: ServiceCall) => Promise<ServiceAnswer>;
	/** Receives each status change as an EventBridge event. A rejected event is delivered again, also after a restart. */
	readonly onStatusChange: (event: JsonObject) => Promise<void>;
	/** Receives errors of the engine itself; the execution fails with `States.Runtime`. */
	readonly onFault: (error: unknown) => void;
}

/** The delay before a rejected status event is delivered again. */
const REDELIVERY_MS = 1000;

/** Creates the engine. Running executions are in memory; all others only in the store. */
export function createEngine(options: EngineOptions) {
	const { clock, store, tokens } = options;
	const running = new Map<string, { execution: Execution; control: AbortController; done: Promise<void> }>();
	const definitions = new Map<string, Definition>();
	const sources = { random: options.random, newId: options.newId, now: () => clock.now() };
	const closing = new AbortController();

	const definitionOf = ({ definition }: Machine): Definition => {
		const known = definitions.get(definition) ?? parseDefinition(definition);
		definitions.set(definition, known);
		return known;
	};

	const deliver = (entry: OutboxEntry): void => {
		if (closing.signal.aborted) return;
		options.onStatusChange(JSON.parse(entry.document)).then(
			() => closing.signal.aborted || store.removeOutbox(entry.id),
			() => closing.signal.aborted || clock.after(REDELIVERY_MS, () => deliver(entry)),
		);
	};

	/** Saves the execution and its status event in one transaction. */
	const saveStatus = (execution: Execution) => {
		const event = createStatusEvent(execution, { ...options, id: options.newId() });
		store.saveExecution(execution);
		store.saveOutbox(JSON.stringify(event), deliver);
	};

	const historyOf = (execution: Execution, events: HistoryEvent[]) =>
		createHistory(events, {
			now: () => clock.now(),
			save: (event) => store.saveEvent(execution.arn, event),
		});

	const run = (execution: Execution, machine: Machine, events: HistoryEvent[]) => {
		const control = new AbortController();
		const history = historyOf(execution, events);
		const end = (ending: Ending) => {
			running.delete(execution.arn);
			const eventCount = history.events.length;
			saveStatus({ ...execution, ...ending, stoppedAtMs: clock.now(), eventCount });
		};
		const done = runExecution(
			{
				execution,
				machineName: machine.name,
				region: options.region,
				history,
				clock,
				sources,
				tokens,
				call: options.call,
				redrivenEventId: events.findLast(({ type }) => type === 'ExecutionRedriven')?.id ?? 0,
				visitStates,
			},
			definitionOf(machine),
			control,
		).then(end, (error: unknown) => {
			if (error instanceof Suspended) return;
			options.onFault(error);
			end({ status: 'FAILED', error: 'States.Runtime', cause: 'The local Step Functions failed.' });
		});
		running.set(execution.arn, { execution, control, done });
	};

	const stop = async (arn: string, reason: Pick<Ending, 'error' | 'cause'>): Promise<number> => {
		const found = running.get(arn);
		found?.control.abort(new ExecutionStopped({ status: 'ABORTED', ...reason }));
		await found?.done;
		return store.execution(arn)?.stoppedAtMs ?? clock.now();
	};

	return {
		/** Resolves when the execution is stored. */
		start(machine: Machine, execution: Execution): Promise<void> {
			saveStatus(execution);
			run(execution, machine, []);
			return store.flushed();
		},
		/** Stops a running execution and returns its stop time; a no-op for an ended one. */
		stop,
		/** Stops all running executions of a machine. */
		async stopAll(machineArn: string) {
			const arns = [...running.keys()].filter((arn) => running.get(arn)?.execution.machineArn === machineArn);
			await Promise.all(arns.map((arn) => stop(arn, {})));
		},
		/** @throws AwsError `ExecutionNotRedrivable` */
		redrive(machine: Machine, stopped: Execution, clientToken?: string): Execution {
			const { redriveStatusReason } = redriveStatusOf(stopped, clock.now());
			if (redriveStatusReason !== null) throw new AwsError('ExecutionNotRedrivable', redriveStatusReason);
			const execution = redriveOf(stopped, clock.now(), clientToken);
			const events = store.events(stopped.arn);
			historyOf(execution, events).append({
				key: `redriven/${execution.redriveCount}`,
				type: 'ExecutionRedriven',
				previousEventId: events.length,
				details: { redriveCount: execution.redriveCount },
			});
			saveStatus(execution);
			run(execution, machine, events);
			store.flush();
			return execution;
		},
		/** Resumes the executions and deliveries that the end of the process interrupted. */
		resume(machineOf: (execution: Execution) => Machine) {
			for (const entry of store.outbox()) deliver(entry);
			for (const execution of store.runningExecutions())
				run(execution, machineOf(execution), store.events(execution.arn));
		},
		/** Interrupts all executions; they stay RUNNING in the store. */
		async close() {
			closing.abort();
			const ended = [...running.values()].map(({ control, done }) => {
				control.abort(new Suspended());
				return done;
			});
			await Promise.all(ended);
		},
	};
}

/** Starts, stops, redrives and resumes executions. */
export type Engine = ReturnType<typeof createEngine>;
