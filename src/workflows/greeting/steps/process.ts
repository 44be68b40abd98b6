import * as Type from 'typebox';
import { defineStep, StepError } from '../../define-step.ts';

export interface ProcessDependencies {
	/** How often the downstream system is taken to time out, 0 to 1. */
	readonly transientRate: number;
	readonly random: () => number;
}

/** Makes the greeting. `RuntimeError` where downstream times out, which a later attempt may not see. */
export function createProcess({ transientRate, random }: ProcessDependencies) {
	return defineStep({
		input: Type.Object({ name: Type.String() }),
		async run({ name }) {
			if (random() < transientRate) throw new StepError('RuntimeError', 'TRANSIENT: downstream timeout');
			return { message: `Hello ${name}`, processed: true } as const;
		},
	});
}
