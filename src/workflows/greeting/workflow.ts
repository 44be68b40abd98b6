import { defineWorkflow } from '../define-workflow.ts';
import { GreetingInput } from './input.ts';
import { GreetingResult } from './result.ts';

export const workflow = defineWorkflow({
	description: 'Greets somebody: validate, process, notify, with retry and catch.',
	expectedSeconds: 1,
	input: GreetingInput,
	result: GreetingResult,
});
