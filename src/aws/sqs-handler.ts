import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import * as Type from 'typebox';
import type { HandleMessage } from '../executions/queue-message.ts';
import { matches, parseValue } from '../parse.ts';
import type { Log } from '../tasks/log.ts';
import { type LambdaContext, withInvocation } from './invocation.ts';

/** The event of a queue. Its records are parsed one by one, so that a malformed one fails alone. */
const SqsEvent = Type.Object({ Records: Type.Array(Type.Object({ messageId: Type.String() })) });

const SqsRecord = Type.Object({
	messageId: Type.String(),
	body: Type.String(),
	messageAttributes: Type.Optional(
		Type.Record(
			Type.String(),
			Type.Object({ stringValue: Type.Optional(Type.Union([Type.String(), Type.Null()])) }),
		),
	),
});

/** The envelope around a message whose subscription has no raw delivery. */
const SnsEnvelope = Type.Object({
	Type: Type.Literal('Notification'),
	TopicArn: Type.String(),
	Message: Type.String(),
	MessageAttributes: Type.Optional(Type.Record(Type.String(), Type.Object({ Value: Type.String() }))),
});

/** The log message of a failed record, which the alarms on failed records count. */
export const RECORD_FAILED_MESSAGE = 'record failed';

/** The partial batch response of Lambda: only the named messages are delivered again. */
export interface SqsBatchResponse {
	readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * Creates the Lambda handler of a queue. Records are handled concurrently and fail one by one; each failure is logged once.
 * The handler throws only on an event that is not of SQS, which Lambda takes as a failure of all records.
 */
export function createSqsHandler(
	handle: HandleMessage,
	log: Log,
): (event: unknown, context: LambdaContext) => Promise<SqsBatchResponse> {
	const handleRecord = async (record: unknown): Promise<void> => {
		let recordLog = log;
		try {
			const { messageId, ...message } = readMessage(record);
			recordLog = log.with({ message_id: messageId });
			await handle({ ...message, identify: (fields) => (recordLog = recordLog.with(fields)) });
		} catch (error) {
			recordLog.error(RECORD_FAILED_MESSAGE, { error });
			throw error;
		}
	};
	return withInvocation(async (event: unknown) => {
		const batch = parseValue(SqsEvent, event, 'SQS event');
		// One per invocation: a processor keeps the records of its batch, and invocations may be concurrent.
		const processor = new BatchProcessor(EventType.SQS);
		return processPartialResponse(batch, handleRecord, processor, { throwOnFullBatchFailure: false });
	});
}

function readMessage(record: unknown) {
	const { messageId, body, messageAttributes } = parseValue(SqsRecord, record, 'SQS record');
	const envelope = body.includes('"TopicArn"') ? parseEnvelope(body) : undefined;
	const traceparent =
		envelope?.MessageAttributes?.['traceparent']?.Value ??
		messageAttributes?.['traceparent']?.stringValue ??
		undefined;
	return {
		messageId,
		body: envelope?.Message ?? body,
		...(traceparent === undefined ? {} : { traceparent }),
	};
}

function parseEnvelope(body: string): Type.Static<typeof SnsEnvelope> | undefined {
	try {
		const value: unknown = JSON.parse(body);
		return matches(SnsEnvelope, value) ? value : undefined;
	} catch {
		return undefined;
	}
}
