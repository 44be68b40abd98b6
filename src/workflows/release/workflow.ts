import { defineWorkflow } from '../define-workflow.ts';
import { ReleaseInput } from './input.ts';
import { ReleaseResult } from './result.ts';

/** How long a release waits for its approval; the definition's TimeoutSeconds of AwaitApproval is the same. */
export const APPROVAL_SECONDS = 24 * 60 * 60;

export const workflow = defineWorkflow({
	description:
		'Validates and deploys packages, tells the stakeholders, and waits for a person to approve the release.',
	expectedSeconds: 30,
	input: ReleaseInput,
	result: ReleaseResult,
	resultFiles: ['result_url', 'log_url'],
	callback: { keyOf: ({ story_id }) => story_id, withinSeconds: APPROVAL_SECONDS },
});
