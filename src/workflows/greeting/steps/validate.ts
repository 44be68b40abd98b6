import { defineStep, StepError } from '../../define-step.ts';
import { GreetingInput } from '../input.ts';

/** Trims the name. `ValidationError` where nothing is left. */
export const validate = defineStep({
	input: GreetingInput,
	async run(input) {
		const name = input.name.trim();
		if (name === '') throw new StepError('ValidationError', 'The name is only white space.');
		return { name, validated: true } as const;
	},
});
