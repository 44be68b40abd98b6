import { defineWorkflow } from '../define-workflow.ts';
import { OrderInput } from './input.ts';
import { OrderResult } from './result.ts';

export const workflow = defineWorkflow({
	description: 'Ships an order, or backorders it where something is out of stock, and tells the customer.',
	expectedSeconds: 2,
	input: OrderInput,
	result: OrderResult,
});
