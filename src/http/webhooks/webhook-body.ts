import * as Type from 'typebox';
import type { Delivery } from '../../tasks/deliveries.ts';
import { TASK_EVENTS } from '../../tasks/webhooks.ts';
import type { Workflow } from '../../workflows/define-workflow.ts';
import { TaskResource, Time, time } from '../tasks/task-resource.ts';
import { presentTask } from '../tasks/task-response.ts';

/** The maximum size of a body. */
const MAX_BODY_BYTES = 20_000;

/** The body of a request to a receiver. */
export const WebhookBody = Type.Object(
	{
		type: Type.Enum([...TASK_EVENTS]),
		timestamp: Type.String({ ...Time, description: 'The time of the event.' }),
		data: Type.Object(
			{
				...TaskResource.properties,
				revision: Type.Integer({
					minimum: 1,
					description: 'Grows with every change of the task: of two deliveries, the higher one is later.',
				}),
				result_omitted: Type.Optional(
					Type.Literal(true, {
						description: 'Present if the result was too large. `GET /v1/tasks/{task_id}` returns it.',
					}),
				),
			},
			{
				title: 'TaskOfEvent',
				additionalProperties: false,
				description: 'The task at the time of the event.',
			},
		),
	},
	{ title: 'WebhookBody', additionalProperties: false },
);

/** Builds the body of a delivery: the same text for each attempt. Its links are paths at the host of the API. */
export function webhookBody(workflows: Readonly<Record<string, Workflow>>) {
	return ({ event, task, createdAtMs, webhookId, isResultOmitted }: Delivery): string => {
		const bodyOf = (data: object) => JSON.stringify({ type: event, timestamp: time(createdAtMs), data });
		if (task === undefined) return bodyOf({ webhook_id: webhookId });
		const resource = presentTask(task, { workflows, now: () => createdAtMs }, { basePath: '' });
		const data = { ...resource, revision: task.revision };
		const complete = bodyOf(isResultOmitted === true ? { ...data, result_omitted: true } : data);
		if (Buffer.byteLength(complete) <= MAX_BODY_BYTES) return complete;
		const { result: _, ...withoutResult } = data;
		return bodyOf({ ...withoutResult, result_omitted: true });
	};
}
