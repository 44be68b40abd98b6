import * as Type from 'typebox';
import { defineWorkflow } from '../define-workflow.ts';

/** The `data` of a greeting. */
export const GreetingInput = Type.Object(
	{
		name: Type.String({
			minLength: 1,
			maxLength: 200,
			description: 'The name of the person to greet.',
			examples: ['Ada'],
		}),
	},
	{ additionalProperties: false },
);

/** The `result` of a greeting. */
export const GreetingResult = Type.Object(
	{
		name: Type.String(),
		message: Type.String({ examples: ['Hello Ada'] }),
		validated: Type.Literal(true),
		processed: Type.Literal(true),
		notified: Type.Literal(true),
	},
	{ additionalProperties: false },
);

/** The task type `greeting`. */
export const workflow = defineWorkflow({
	description: 'Greets a person: validate, process, notify, with retry and catch.',
	expectedSeconds: 1,
	input: GreetingInput,
	result: GreetingResult,
	errors: {
		ValidationError: { description: 'The name is only white space.' },
		RuntimeError: { description: 'The downstream system timed out in every attempt.', isTransient: true },
		SlackUnavailableError: { description: 'Slack was unavailable in every attempt.', isTransient: true },
		SlackRateLimited: {
			description: 'Slack limited the rate of messages in every attempt.',
			isTransient: true,
		},
		SlackRefusedError: { description: 'Slack refused the message or the webhook.' },
	},
	steps: {
		timeoutSeconds: 20,
		environment: {
			NOTIFICATION_TOPIC_ARN: { Ref: 'NotificationTopic' },
			SLACK_SECRET_ARN: { Ref: 'SlackWebhookSecret' },
			GREETING_TRANSIENT_RATE: '0',
		},
		permissions: [
			{ Action: 'sns:Publish', Resource: { Ref: 'NotificationTopic' } },
			{ Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'SlackWebhookSecret' } },
		],
	},
});
