import { defineWorkflow } from '../define-workflow.ts';
import { OrderInput } from './input.ts';
import { OrderResult } from './result.ts';

export const workflow = defineWorkflow({
	description: 'Ships an order where everything is in stock, and backorders it where something is missing.',
	expectedSeconds: 2,
	input: OrderInput,
	result: OrderResult,
});
