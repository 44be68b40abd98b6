import * as Type from 'typebox';
import type { Log } from '../tasks/log.ts';

const SqsRecord = Type.Object({
	messageId: Type.String(),
	body: Type.String(),
	messageAttributes: Type.Record(
		Type.String(),
		Type.Object({ stringValue: Type.Optional(Type.Union([Type.String(), Type.Null()])) }),
	),
});

/** One message of a batch, as Lambda's event source mapping hands it over. */
export type SqsRecord = Type.Static<typeof SqsRecord>;

/** The event of a queue-fed function; what is not read is not described. */
export const SqsEvent = Type.Object({ Records: Type.Array(SqsRecord) });

/** Lambda's partial batch answer: only the messages named come back. */
export interface BatchResponse {
	readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

/** Handles every record by itself, so that a poison one harms no sibling; each failure is logged once. */
export async function handleEach(
	records: readonly SqsRecord[],
	handle: (record: SqsRecord) => Promise<void>,
	log: Log,
): Promise<BatchResponse> {
	const failures = await Promise.all(
		records.map(async (record) => {
			try {
				await handle(record);
				return [];
			} catch (error) {
				log.error('record failed', { message_id: record.messageId, error });
				return [{ itemIdentifier: record.messageId }];
			}
		}),
	);
	return { batchItemFailures: failures.flat() };
}
