import type { JsonService } from '../endpoint/service.ts';
import { createEngine, type EngineOptions } from './engine.ts';
import { createExecutionOperations } from './execution-operations.ts';
import { createMachines } from './machine-operations.ts';
import { createStore } from './store.ts';
import { createTaskTokens, createTokenOperations } from './tokens.ts';

/** The dependencies of Step Functions. All of them can be in memory, so tests run a machine without a stack. */
export interface StepFunctionsOptions extends Omit<EngineOptions, 'store' | 'tokens'> {
	/** The SQLite file of machines and executions; `:memory:` or an empty path keeps them in memory. */
	readonly file: string;
}

/** Step Functions for Standard workflows in JSONata. */
export interface StepFunctions {
	readonly service: JsonService;
	/** Resumes the executions that the end of the previous process interrupted. */
	resume(): void;
	close(): Promise<void>;
}

/** Opens Step Functions with the machines and executions of its file. */
export function createStepFunctions(options: StepFunctionsOptions): StepFunctions {
	const store = createStore(options.file);
	const tokens = createTaskTokens(options.newId);
	const engine = createEngine({ ...options, store, tokens });
	const machines = createMachines({ ...options, store, stopAll: (arn) => engine.stopAll(arn) });
	return {
		service: {
			signingName: 'states',
			jsonVersion: '1.0',
			operations: {
				...machines.operations,
				...createExecutionOperations({ ...options, store, engine, machines }),
				...createTokenOperations(tokens, () => store.flush()),
			},
		},
		resume: () => engine.resume((execution) => machines.getRevision(execution)),
		async close() {
			await engine.close();
			store.close();
		},
	};
}
