import * as Type from 'typebox';
import { TASK_EVENTS } from '../../tasks/webhooks.ts';
import { ProblemError } from '../problems/problem.ts';

/** Members of a subscription that its owner sets. */
export const WEBHOOK_MEMBERS = {
	url: Type.String({
		format: 'uri',
		maxLength: 2048,
		description: 'The receiver: an `https` URL whose host has public addresses only.',
		examples: ['https://example.com/hooks/tasks'],
	}),
	events: Type.Array(Type.Enum([...TASK_EVENTS]), {
		minItems: 1,
		uniqueItems: true,
		description: 'Absent: all events.',
		examples: [['task.succeeded', 'task.failed']],
	}),
	types: Type.Array(Type.String({ maxLength: 100 }), {
		minItems: 1,
		maxItems: 50,
		uniqueItems: true,
		description: 'Task types. Absent: all types.',
		examples: [['greeting']],
	}),
	description: Type.String({ minLength: 1, maxLength: 200, examples: ['Billing'] }),
};

/** A UUID in a path, in any case. */
export const UUID_PATTERN = '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$';

/** Returns why a URL cannot be a receiver, or `undefined` if it can. */
export type FindUrlFault = (url: string) => Promise<string | undefined>;

/**
 * Checks the URL of a task's own webhook. `path` is the location of the webhook in the body.
 * @throws {@link ProblemError} `validation` if the address is not allowed.
 */
export async function requireAllowedWebhook(
	findUrlFault: FindUrlFault,
	webhook: { readonly url: string } | { readonly webhook_id: string },
	path: readonly string[],
): Promise<void> {
	if ('url' in webhook) await requireAllowedUrl(findUrlFault, webhook.url, [...path, 'url']);
}

/**
 * Checks the URL of a receiver. `path` is its location in the body.
 * @throws {@link ProblemError} `validation` if the address is not allowed.
 */
export async function requireAllowedUrl(
	findUrlFault: FindUrlFault,
	url: string,
	path: readonly string[] = ['url'],
): Promise<void> {
	const msg = await findUrlFault(url);
	if (msg === undefined) return;
	throw new ProblemError('validation', 'The address of the webhook is not allowed.', {
		faults: [{ loc: ['body', ...path], msg, type: 'value_error' }],
	});
}
