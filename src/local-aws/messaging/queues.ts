import { AwsError } from '../endpoint/service.ts';
import type { QueueClient, QueueMessage } from '../lambda/event-source-mapping.ts';
import { loadFauxqs, type Stores } from './fauxqs-stores.ts';
import type { SendActions, SendMessageOutput } from './send-messages.ts';

type SqsStore = Stores['sqsStore'];
type Queue = NonNullable<ReturnType<SqsStore['getQueueByArn']>>;
type Received = ReturnType<Queue['dequeue']>[number];
type MessageAttribute = NonNullable<Received['MessageAttributes']>[string];

/** Input of SendMessage without the queue. */
export interface SendMessageInput {
	readonly MessageBody: string;
	readonly DelaySeconds?: number | undefined;
	readonly MessageGroupId?: string | undefined;
	readonly MessageAttributes?: Readonly<Record<string, MessageAttribute>> | undefined;
}

/** SQS for the services in this process: the same operations without HTTP. */
export interface Queues {
	/** Sends to a queue, by ARN or URL. @throws {@link AwsError} if SQS refuses the message. */
	sendMessage(queue: string, input: SendMessageInput): SendMessageOutput;
	/** @throws {@link AwsError} `QueueDoesNotExist`. */
	queueClient(queueArn: string): QueueClient;
	/** Counts the messages of every queue. */
	queueDepths(): readonly QueueDepth[];
}

/** The messages of a queue, as its CloudWatch metrics count them. */
export interface QueueDepth {
	readonly queue_arn: string;
	/** Messages that a consumer can receive now. */
	readonly visible: number;
	/** Messages that a consumer has received and not yet deleted. */
	readonly in_flight: number;
	/** Messages that become visible later. */
	readonly delayed: number;
	/** When the oldest of all messages was sent; absent for an empty queue. */
	readonly oldest_sent_at?: string;
}

type ReceiveMessage = (input: object, store: SqsStore) => Promise<{ Messages?: Received[] }>;

/** Opens the queues of the store to the services in this process. */
export async function openQueues(store: SqsStore, sendActions: SendActions): Promise<Queues> {
	const { receiveMessage }: { receiveMessage: ReceiveMessage } = await loadFauxqs(
		'sqs/actions/receiveMessage.js',
	);

	const find = (name: string): Queue => {
		const queue = store.getQueueByArn(name) ?? store.getQueue(name);
		if (queue === undefined)
			throw new AwsError('QueueDoesNotExist', `The specified queue does not exist: ${name}`);
		return queue;
	};

	return {
		queueDepths: () => [...store.allQueues()].map(depthOf),
		sendMessage(name, input) {
			const QueueUrl = find(name).url;
			try {
				return sendActions.sendMessage({ ...input, QueueUrl });
			} catch (error) {
				const { code, message, statusCode } = Object(error);
				if (typeof code !== 'string') throw error;
				throw new AwsError(code, message, statusCode);
			}
		},
		queueClient(queueArn) {
			const queue = find(queueArn);
			const receiveNow = async (max: number) => {
				const { Messages = [] } = await receiveMessage(
					{
						QueueUrl: queue.url,
						MaxNumberOfMessages: max,
						WaitTimeSeconds: 0,
						MessageSystemAttributeNames: ['All'],
						MessageAttributeNames: ['All'],
					},
					store,
				);
				return Messages.map(queueMessage);
			};
			return {
				async receive({ max, waitSeconds, signal }) {
					const messages = await receiveNow(max);
					if (messages.length > 0 || signal.aborted) return messages;
					const leave = () => queue.cancelWaiters();
					signal.addEventListener('abort', leave);
					await queue.waitForMessages(waitSeconds);
					signal.removeEventListener('abort', leave);
					// An aborted receive must not make a message invisible.
					return signal.aborted ? [] : receiveNow(max);
				},
				async remove(receiptHandles) {
					for (const handle of receiptHandles) queue.deleteMessage(handle);
				},
			};
		},
	};
}

function depthOf(queue: Queue): QueueDepth {
	queue.processTimers();
	const { ready, delayed, inflight } = queue.inspectMessages();
	const sentAtMs = [...ready, ...delayed, ...inflight.map(({ message }) => message)].map(
		({ sentTimestamp }) => sentTimestamp,
	);
	return {
		queue_arn: queue.arn,
		visible: ready.length,
		in_flight: inflight.length,
		delayed: delayed.length,
		...(sentAtMs.length === 0 ? {} : { oldest_sent_at: new Date(Math.min(...sentAtMs)).toISOString() }),
	};
}

function queueMessage(received: Received): QueueMessage {
	const { MessageId, ReceiptHandle, Body, MD5OfBody, Attributes = {}, MessageAttributes = {} } = received;
	return {
		messageId: MessageId,
		receiptHandle: ReceiptHandle,
		body: Body,
		md5OfBody: MD5OfBody,
		attributes: Attributes,
		messageAttributes: Object.fromEntries(
			Object.entries(MessageAttributes).map(([name, value]) => [name, messageAttribute(value)]),
		),
	};
}

function messageAttribute({ StringValue, BinaryValue, DataType }: MessageAttribute) {
	return {
		...(StringValue === undefined ? {} : { stringValue: StringValue }),
		...(BinaryValue === undefined ? {} : { binaryValue: BinaryValue }),
		stringListValues: [],
		binaryListValues: [],
		dataType: DataType,
	};
}
