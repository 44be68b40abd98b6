import type { IncomingMessage, ServerResponse } from 'node:http';
import { buildApp } from 'fauxqs';
import { targetOf } from '../endpoint/addressed-service.ts';
import type { HttpService } from '../endpoint/service.ts';
import { readBody } from '../read-body.ts';
import { openFauxqsStores } from './fauxqs-stores.ts';
import { openQueues, type Queues } from './queues.ts';
import { createSendActions } from './send-messages.ts';

/** Settings of the messaging services. */
export interface MessagingOptions {
	readonly region: string;
	/** Base of queue URLs. */
	readonly awsEndpoint: string;
	readonly accountId: string;
	/** Default: in memory. */
	readonly dataDir: string | undefined;
}

type Attributes = Readonly<Record<string, string>>;

/** A message that arrived in a queue. */
export interface QueuedMessage {
	readonly queueArn: string;
	readonly body: string;
}

/** Bounds the memory that the record of messages uses. */
const MAX_RECORDED_MESSAGES = 1000;

/** SNS, SQS and S3, by fauxqs. Resources that exist in `dataDir` keep their messages and objects. */
export interface Messaging extends Queues {
	readonly services: readonly HttpService[];
	createQueue(name: string, attributes: Attributes): void;
	createTopic(name: string): void;
	subscribe(subscription: { topicArn: string; queueArn: string; attributes: Attributes }): void;
	createBucket(name: string): void;
	/** The latest messages that arrived in queues, by any way, newest last. */
	messages(): readonly QueuedMessage[];
	close(): Promise<void>;
}

/** Starts SNS, SQS and S3. */
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

	// The previous process had received these messages; they become visible again.
	for (const queue of sqsStore.allQueues()) {
		const received = Array.from(queue.inflightMessages.keys());
		for (const receiptHandle of received) queue.changeVisibility(receiptHandle, 0);
	}

	const messages: QueuedMessage[] = [];
	/** Records the messages of a queue. Every sender, an SNS subscription included, adds them by `enqueue`. */
	const recordMessages = (queue: NonNullable<ReturnType<typeof sqsStore.getQueueByName>>) => {
		const enqueue = queue.enqueue.bind(queue);
		queue.enqueue = (message) => {
			messages.push({ queueArn: queue.arn, body: message.body });
			if (messages.length > MAX_RECORDED_MESSAGES) messages.shift();
			enqueue(message);
		};
	};
	for (const queue of sqsStore.allQueues()) recordMessages(queue);

	const sendActions = await createSendActions(sqsStore);
	const actions = new Map([
		['SendMessage', (input: object) => sendActions.sendMessage(input)],
		['SendMessageBatch', (input: object) => sendActions.sendMessageBatch(input)],
	]);
	const handle: HttpService['handle'] = (request, response) => app.routing(request, response);
	const sqs: HttpService['handle'] = (request, response) => {
		const action = actions.get(targetOf(request)?.operation ?? '');
		if (action === undefined) return handle(request, response);
		// A client that closes the connection during its request gets no answer.
		answerSend(action, request, response).catch(() => response.destroy());
	};
	return {
		services: [
			{ signingName: 'sns', handle },
			{ signingName: 'sqs', handle: sqs },
			{ signingName: 's3', handle },
		],
		...(await openQueues(sqsStore, sendActions)),
		createQueue(name, attributes) {
			const existing = sqsStore.getQueueByName(name);
			if (existing !== undefined) return existing.setAttributes({ ...attributes });
			const arn = `arn:aws:sqs:${region}:${accountId}:${name}`;
			recordMessages(
				sqsStore.createQueue(name, `${awsEndpoint}/${accountId}/${name}`, arn, { ...attributes }),
			);
		},
		createTopic: (name) => void snsStore.createTopic(name, undefined, undefined, region),
		subscribe({ topicArn, queueArn, attributes }) {
			const { subscriptions } = snsStore.listSubscriptionsByTopic(topicArn);
			for (const { arn, endpoint } of subscriptions) if (endpoint === queueArn) snsStore.unsubscribe(arn);
			snsStore.subscribe(topicArn, 'sqs', queueArn, { ...attributes });
		},
		createBucket: (name) => s3Store.createBucket(name),
		messages: () => [...messages],
		async close() {
			await app.close();
			close();
		},
	};
}

/** Answers a send operation in AWS JSON 1.0, as fauxqs's router does for the other operations. */
async function answerSend(
	action: (input: object) => object,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const input = parseInput(await readBody(request));
	const answer = (status: number, value: object, headers: Readonly<Record<string, string>> = {}) =>
		response
			.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', ...headers })
			.end(JSON.stringify(value));
	if (input === undefined)
		return void answer(400, { __type: 'SerializationException', message: 'The request body is not JSON.' });
	try {
		answer(200, action(input));
	} catch (error) {
		const { statusCode, queryErrorHeader } = Object(error);
		if (typeof queryErrorHeader !== 'string') throw error;
		answer(Number(statusCode), Object(error).toJSON(), { 'x-amzn-query-error': queryErrorHeader });
	}
}

function parseInput(body: Buffer): object | undefined {
	try {
		return Object(JSON.parse(body.toString()));
	} catch {
		return undefined;
	}
}
