import { defineWorkflow } from '../define-workflow.ts';
import { ProcessChannelsInput } from './input.ts';
import { ProcessChannelsResult } from './result.ts';

export const workflow = defineWorkflow({
	description: 'Announces a note to up to 1,000 channels, ten at once, then tells Slack how it went.',
	expectedSeconds: 10,
	input: ProcessChannelsInput,
	// Ten channels run at once, so a task of 1,000 channels counts as 100.
	weightOf: ({ channels }) => Math.max(1, Math.ceil(channels.length / 10)),
	result: ProcessChannelsResult,
});
