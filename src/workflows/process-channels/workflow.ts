import * as Type from 'typebox';
import { defineWorkflow } from '../define-workflow.ts';

/** The `data` of a process-channels task. */
export const ProcessChannelsInput = Type.Object(
	{
		channels: Type.Array(Type.String({ minLength: 1, maxLength: 80, examples: ['#billing'] }), {
			minItems: 1,
			maxItems: 1000,
			description: 'The channels to announce to. An invalid name fails only its own channel.',
			examples: [['#billing', '#support']],
		}),
		note: Type.Optional(
			Type.String({ maxLength: 3000, description: 'The announcement.', examples: ['Closed on Friday.'] }),
		),
	},
	{ additionalProperties: false },
);

/** The `data` of a process-channels task. */
export type ProcessChannelsInput = Type.Static<typeof ProcessChannelsInput>;

/** The `result` of a process-channels task: each channel is either counted in `processed` or listed in `failed`. */
export const ProcessChannelsResult = Type.Object(
	{
		processed: Type.Integer({ minimum: 0, description: 'The number of channels that were announced to.' }),
		failed: Type.Array(Type.String(), { description: 'The failed channels, in the given order.' }),
		notified: Type.Boolean({
			description: 'Whether Slack accepted the summary. `false` also if no webhook is configured.',
		}),
	},
	{ additionalProperties: false },
);

/** The task type `process-channels`. */
export const workflow = defineWorkflow({
	description: 'Announces a note to up to 1,000 channels, ten at a time, and posts a summary to Slack.',
	expectedSeconds: 10,
	input: ProcessChannelsInput,
	// Ten channels run at once, so a task of 1,000 channels counts as 100.
	weightOf: ({ channels }) => Math.max(1, Math.ceil(channels.length / 10)),
	result: ProcessChannelsResult,
	errors: {
		ChannelInvalid: {
			description: 'The name of a channel is invalid. Fails only this channel, not the task.',
		},
		SlackUnavailableError: {
			description: 'Slack was unavailable in every attempt. `notified` is then false.',
			isTransient: true,
		},
		SlackRefusedError: { description: 'Slack refused the summary or the webhook. `notified` is then false.' },
	},
	steps: {
		// One channel may take a quarter of an hour, the maximum of Lambda.
		timeoutSeconds: 900,
		environment: {
			NOTIFICATION_TOPIC_ARN: { Ref: 'NotificationTopic' },
			SLACK_SECRET_ARN: { Ref: 'SlackWebhookSecret' },
		},
		permissions: [
			{ Action: 'sns:Publish', Resource: { Ref: 'NotificationTopic' } },
			{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'SlackWebhookSecret' } },
		],
		reportsProgress: true,
	},
});
