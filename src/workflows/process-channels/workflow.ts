import { defineWorkflow } from '../define-workflow.ts';
import { ProcessChannelsInput } from './input.ts';
import { ProcessChannelsResult } from './result.ts';

export const workflow = defineWorkflow({
	description: 'Announces a note to up to 1,000 channels, ten at once, then tells Slack how it went.',
	expectedSeconds: 10,
	input: ProcessChannelsInput,
	result: ProcessChannelsResult,
});
