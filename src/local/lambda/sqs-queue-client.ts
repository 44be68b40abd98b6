import {
	DeleteMessageBatchCommand,
	type Message,
	type MessageAttributeValue,
	ReceiveMessageCommand,
	type SQSClient,
} from '@aws-sdk/client-sqs';
import type { QueueClient, QueueMessage } from './event-source-mapping.ts';

const MOST_AT_ONCE = 10;

/** A queue over the wire. */
export function createSqsQueueClient(client: SQSClient, queueUrl: string): QueueClient {
	return {
		async receive({ max, waitSeconds, signal }) {
			const command = new ReceiveMessageCommand({
				QueueUrl: queueUrl,
				MaxNumberOfMessages: max,
				WaitTimeSeconds: waitSeconds,
				MessageSystemAttributeNames: ['All'],
				MessageAttributeNames: ['All'],
			});
			const { Messages = [] } = await client.send(command, { abortSignal: signal });
			return Messages.map(queueMessage);
		},
		async remove(receiptHandles) {
			for (let first = 0; first < receiptHandles.length; first += MOST_AT_ONCE) {
				const entries = receiptHandles
					.slice(first, first + MOST_AT_ONCE)
					.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
				await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
			}
		},
	};
}

function queueMessage({
	MessageId = '',
	ReceiptHandle = '',
	Body = '',
	MD5OfBody = '',
	Attributes = {},
	MessageAttributes = {},
}: Message): QueueMessage {
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

function messageAttribute({ StringValue, BinaryValue, DataType }: MessageAttributeValue) {
	return {
		...(StringValue === undefined ? {} : { stringValue: StringValue }),
		...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
		stringListValues: [],
		binaryListValues: [],
		dataType: DataType,
	};
}
