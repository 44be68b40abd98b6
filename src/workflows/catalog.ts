// Made by `npm run bundle` from the folders beside it: to add a workflow, add its folder.
import type { Workflow } from './define-workflow.ts';
import { workflow as greeting } from './greeting/workflow.ts';
import { workflow as order } from './order/workflow.ts';
import { workflow as processChannels } from './process-channels/workflow.ts';
import { workflow as release } from './release/workflow.ts';

/** Every workflow by its task type. */
export const WORKFLOWS: Readonly<Record<string, Workflow>> = {
	greeting,
	order,
	'process-channels': processChannels,
	release,
};
