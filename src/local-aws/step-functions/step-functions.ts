import type { JsonService } from '../endpoint/service.ts';
import { createEngine, type EngineOptions } from './engine.ts';
import { createExecutionOperations } from './execution-operations.ts';
import { createMachines } from './machine-operations.ts';
import { createStore } from './store.ts';
import { createTaskTokens } from './task-tokens.ts';
import { createTokenOperations } from './token-operations.ts';

export interface StepFunctionsOptions extends Omit<EngineOptions, 'store' | 'tokens'> {
	/** The SQLite file that keeps machines and executions; `:memory:` keeps them as long as the process. */
	readonly file: string;
}

/** Step Functions: Standard workflows in JSONata. */
export interface StepFunctions {
	readonly service: JsonService;
	/** Takes up what ran when the process ended. */
	resume(): void;
	close(): Promise<void>;
}

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
				...createTokenOperations(tokens, store),
			},
		},
		resume: () => engine.resume((execution) => machines.revisionOf(execution)),
		async close() {
			await engine.close();
			store.close();
		},
	};
}
