import * as Type from 'typebox';
import { createSecretsManagerClient, createSnsClient } from '../../aws/clients.ts';
import { withInvocation } from '../../aws/invocation.ts';
import { createLog } from '../../aws/log.ts';
import { createPublisher } from '../../aws/publishers.ts';
import { createSecretReader } from '../../aws/secret-reader.ts';
import { parseConfig, Rate, Text } from '../../config.ts';
import { createSlack, type PostToSlack } from '../../partners/slack.ts';
import { createStepsHandler, defineStep, StepError } from '../define-steps.ts';
import { GreetingInput } from './workflow.ts';

const Environment = Type.Object({
	NOTIFICATION_TOPIC_ARN: Text,
	SLACK_SECRET_ARN: Text,
	GREETING_TRANSIENT_RATE: Rate,
});

/** The connections and settings that the steps use. */
export interface GreetingDependencies {
	/** The share of attempts in which the downstream system times out, 0 to 1. */
	readonly transientRate: number;
	readonly random: () => number;
	/** Publishes one JSON message to the notification topic. */
	readonly publish: (message: unknown) => Promise<void>;
	readonly postToSlack: PostToSlack;
}

/** The steps of a greeting, by state. */
export const steps = {
	/** Trims the name. */
	Validate: defineStep({
		input: GreetingInput,
		async run(input) {
			const name = input.name.trim();
			if (name === '') throw new StepError('ValidationError', 'The name is only white space.');
			return { name, validated: true } as const;
		},
	}),

	/** Creates the greeting. A later attempt may succeed after a timeout of the downstream system. */
	Process: defineStep({
		input: Type.Object({ name: Type.String() }),
		async run({ name }, _, { random, transientRate }: GreetingDependencies) {
			if (random() < transientRate) throw new StepError('RuntimeError', 'TRANSIENT: downstream timeout');
			return { message: `Hello ${name}`, processed: true } as const;
		},
	}),

	NotifySuccess: defineStep({
		input: Type.Object({ message: Type.String() }),
		async run({ message }, { taskId }, dependencies: GreetingDependencies) {
			await notify({ task_id: taskId, type: 'greeting', outcome: 'succeeded', text: message }, dependencies);
			return { notified: true } as const;
		},
	}),

	NotifyFailure: defineStep({
		input: Type.Object({ name: Type.String(), error: Type.String() }),
		async run({ name, error }, { taskId }, dependencies: GreetingDependencies) {
			const text = `The greeting of ${name} failed: ${error}`;
			await notify({ task_id: taskId, type: 'greeting', outcome: 'failed', text }, dependencies);
			return { notified: true } as const;
		},
	}),
};

/**
 * Publishes a notification and, if a webhook is configured, posts it to Slack. A repeated step publishes it again;
 * subscribers recognise a duplicate by its `task_id`.
 */
async function notify(
	notification: { task_id: string; type: 'greeting'; outcome: 'succeeded' | 'failed'; text: string },
	{ publish, postToSlack }: GreetingDependencies,
): Promise<void> {
	await publish(notification);
	const posted = await postToSlack({ text: notification.text });
	if (posted.outcome === 'rate-limited')
		throw new StepError('SlackRateLimited', 'Slack limits the rate of messages.');
}

/** The Lambda handler of the steps. */
export const handler = withInvocation(
	createStepsHandler({
		steps,
		log: createLog(),
		connect() {
			const config = parseConfig(Environment);
			const now = Date.now;
			const dependencies: GreetingDependencies = {
				transientRate: Number(config.GREETING_TRANSIENT_RATE),
				random: Math.random,
				publish: createPublisher(createSnsClient(), config.NOTIFICATION_TOPIC_ARN),
				postToSlack: createSlack({
					webhookUrl: createSecretReader(createSecretsManagerClient(), config.SLACK_SECRET_ARN),
					now,
				}),
			};
			return { dependencies };
		},
	}),
);
