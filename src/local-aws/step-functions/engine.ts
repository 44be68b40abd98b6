import type { Clock } from '../clock.ts';
import { AwsError } from '../endpoint/service.ts';
import type { JsonObject } from '../json.ts';
import { parseDefinition } from './definition.ts';
import type { Definition } from './definition-schema.ts';
import type { Execution, Machine } from './execution.ts';
import { createHistory, type HistoryEvent } from './history.ts';
import { withRedrive } from './redrive-tokens.ts';
import type { ServiceAnswer, ServiceCall } from './run.ts';
import { type Ending, ExecutionStopped, runExecution, Suspended } from './run-execution.ts';
import { redriveStatus, statusChange } from './status-change.ts';
import type { OutboxEntry, Store } from './store.ts';
import type { TaskTokens } from './task-tokens.ts';
import { visitStates } from './visit-states.ts';

export interface EngineOptions {
	readonly region: string;
	readonly accountId: string;
	readonly clock: Clock;
	readonly newId: () => string;
	readonly random: () => number;
	readonly store: Store;
	readonly tokens: TaskTokens;
	/** How a Task state reaches another service. */
	readonly call: (call: ServiceCall) => Promise<ServiceAnswer>;
	/** Gets each change of an execution's status as EventBridge would; it is told again until this resolves. */
	readonly onStatusChange: (event: JsonObject) => Promise<void>;
	/** Told of what must not happen: an execution that ends in a fault of the engine. */
	readonly onFault: (error: unknown) => void;
}

/** How long a status event waits after a delivery that failed. */
const REDELIVERY_MS = 1000;

/** A history this long has no place for a redrive. */
const MOST_REDRIVABLE_EVENTS = 24_999;

/** Starts, stops, redrives and takes up executions; those that run are in memory, the others in the store alone. */
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
		options.onStatusChange(JSON.parse(entry.document)).then(
			() => closing.signal.aborted || store.removeOutbox(entry.id),
			() =>
				closing.signal.aborted || clock.after(REDELIVERY_MS, () => closing.signal.aborted || deliver(entry)),
		);
	};

	/** Saves the execution as it is and tells of it, in one transaction. */
	const tell = (execution: Execution) => {
		store.saveExecution(execution);
		store.saveOutbox(JSON.stringify(statusChange(execution, { ...options, id: options.newId() })), deliver);
	};

	const run = (execution: Execution, machine: Machine, events: HistoryEvent[]) => {
		const control = new AbortController();
		const history = createHistory(events, {
			now: () => clock.now(),
			save: (event) => store.saveEvent(execution.arn, event),
		});
		const redrivenEventId = events.findLast(({ type }) => type === 'ExecutionRedriven')?.id ?? 0;
		const settle = (ending: Ending) => {
			running.delete(execution.arn);
			tell({ ...execution, ...ending, stoppedAtMs: clock.now() });
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
				redrivenEventId,
				visitStates,
			},
			definitionOf(machine),
			control,
		).then(settle, (error: unknown) => {
			if (error instanceof Suspended) return;
			options.onFault(error);
			settle({ status: 'FAILED', error: 'States.Runtime', cause: 'The local Step Functions failed.' });
		});
		running.set(execution.arn, { execution, control, done });
	};

	const stop = async (arn: string, why: Pick<Ending, 'error' | 'cause'>): Promise<number> => {
		const found = running.get(arn);
		found?.control.abort(new ExecutionStopped({ status: 'ABORTED', ...why }));
		await found?.done;
		return store.execution(arn)?.stoppedAtMs ?? clock.now();
	};

	return {
		/** Resolves once the execution is kept. */
		start(machine: Machine, execution: Execution): Promise<void> {
			tell(execution);
			run(execution, machine, []);
			return store.flushed();
		},
		stop,
		/** A machine that is deleted takes its executions with it. */
		async stopAll(machineArn: string) {
			const arns = [...running.keys()].filter((arn) => running.get(arn)?.execution.machineArn === machineArn);
			await Promise.all(arns.map((arn) => stop(arn, {})));
		},
		redrive(machine: Machine, stopped: Execution, clientToken?: string): Execution {
			const { redriveStatusReason } = redriveStatus(stopped, clock.now());
			if (redriveStatusReason !== null) throw new AwsError('ExecutionNotRedrivable', redriveStatusReason);
			const execution = redriven(stopped, clock.now(), clientToken);
			const events = store.events(stopped.arn);
			if (events.length >= MOST_REDRIVABLE_EVENTS)
				throw new AwsError('ExecutionNotRedrivable', 'Execution history event limit exceeded');
			createHistory(events, {
				now: () => clock.now(),
				save: (event) => store.saveEvent(stopped.arn, event),
			}).append({
				key: `redriven/${execution.redriveCount}`,
				type: 'ExecutionRedriven',
				previousEventId: events.length,
				details: { redriveCount: execution.redriveCount },
			});
			tell(execution);
			run(execution, machine, events);
			store.flush();
			return execution;
		},
		isRunning: (arn: string) => running.has(arn),
		/** Takes up what ran when the process ended, and delivers what was not delivered. */
		resume(machineOf: (execution: Execution) => Machine) {
			for (const entry of store.outbox()) deliver(entry);
			for (const execution of store.runningExecutions())
				run(execution, machineOf(execution), store.events(execution.arn));
		},
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

export type Engine = ReturnType<typeof createEngine>;

/** The execution as it runs again: nothing of its end is left. */
function redriven(stopped: Execution, redrivenAtMs: number, clientToken: string | undefined): Execution {
	const execution: Execution = {
		...stopped,
		status: 'RUNNING',
		redriveCount: stopped.redriveCount + 1,
		redrivenAtMs,
		...(clientToken === undefined
			? {}
			: { redrives: withRedrive(stopped, { clientToken, atMs: redrivenAtMs }) }),
	};
	for (const member of ['stoppedAtMs', 'output', 'error', 'cause'] as const) delete execution[member];
	return execution;
}
