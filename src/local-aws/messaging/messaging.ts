import { buildApp } from 'fauxqs';
import type { HttpService } from '../endpoint/service.ts';
import { openFauxqsStores } from './fauxqs-stores.ts';
import { openQueues, type Queues } from './queues.ts';

export interface MessagingOptions {
	readonly region: string;
	/** Where the services answer; part of queue URLs. */
	readonly awsEndpoint: string;
	readonly accountId: string;
	/** Absent: in memory. */
	readonly dataDir: string | undefined;
}

type Attributes = Readonly<Record<string, string>>;

/** SNS, SQS and S3, by fauxqs. What is made again over an existing `dataDir` keeps its messages and objects. */
export interface Messaging extends Queues {
	readonly services: readonly HttpService[];
	createQueue(name: string, attributes: Attributes): void;
	createTopic(name: string): void;
	subscribe(subscription: { topicArn: string; queueArn: string; attributes: Attributes }): void;
	createBucket(name: string): void;
	close(): Promise<void>;
}

export async function createMessaging({
	region,
	awsEndpoint,
	accountId,
	dataDir,
}: MessagingOptions): Promise<Messaging> {
	const { stores, close } = await openFauxqsStores(dataDir);
	const { sqsStore, snsStore, s3Store } = stores;
	const app = buildApp({ logger: false, defaultRegion: region, stores });
	await app.ready();

	// Whoever received these has ended with the last process: they are for somebody else now.
	for (const queue of sqsStore.allQueues()) {
		const received = Array.from(queue.inflightMessages.keys());
		for (const receiptHandle of received) queue.changeVisibility(receiptHandle, 0);
	}

	const handle: HttpService['handle'] = (request, response) => app.routing(request, response);
	return {
		services: ['sns', 'sqs', 's3'].map((signingName) => ({ signingName, handle })),
		...(await openQueues(sqsStore)),
		createQueue(name, attributes) {
			const existing = sqsStore.getQueueByName(name);
			if (existing !== undefined) return existing.setAttributes({ ...attributes });
			const arn = `arn:aws:sqs:${region}:${accountId}:${name}`;
			sqsStore.createQueue(name, `${awsEndpoint}/${accountId}/${name}`, arn, { ...attributes });
		},
		createTopic: (name) => void snsStore.createTopic(name, undefined, undefined, region),
		subscribe({ topicArn, queueArn, attributes }) {
			const { subscriptions } = snsStore.listSubscriptionsByTopic(topicArn);
			for (const { arn, endpoint } of subscriptions) if (endpoint === queueArn) snsStore.unsubscribe(arn);
			snsStore.subscribe(topicArn, 'sqs', queueArn, { ...attributes });
		},
		createBucket: (name) => s3Store.createBucket(name),
		async close() {
			await app.close();
			close();
		},
	};
}
