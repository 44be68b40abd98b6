import {
	ExecutionDoesNotExist,
	GetExecutionHistoryCommand,
	type HistoryEvent as SdkHistoryEvent,
	type SFNClient,
} from '@aws-sdk/client-sfn';
import * as Type from 'typebox';
import * as Value from 'typebox/value';
import { publicError } from '../tasks/public-error.ts';
import type { HistoryEvent } from '../tasks/task-executions.ts';

/** Reads all that has happened in an execution, in at most 25 requests; empty where there is none of this ARN. */
export function createHistoryReader(client: SFNClient) {
	return async (executionArn: string): Promise<readonly HistoryEvent[]> => {
		const events: HistoryEvent[] = [];
		let nextToken: string | undefined;
		try {
			do {
				const page = await client.send(
					new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, nextToken }),
				);
				for (const event of page.events ?? []) events.push(historyEvent(event));
				nextToken = page.nextToken;
			} while (nextToken !== undefined);
		} catch (error) {
			if (error instanceof ExecutionDoesNotExist) return [];
			throw error;
		}
		return events;
	};
}

const Failure = Type.Object({ error: Type.String(), cause: Type.Optional(Type.String()) });

/** A caught error, as Step Functions hands it to the next state. */
const Caught = Type.Object({ Error: Type.String(), Cause: Type.String() });

/** An event as the SDK gives it, without what no timeline needs. */
export function historyEvent(event: SdkHistoryEvent): HistoryEvent {
	const { id, previousEventId = 0, timestamp, type, mapIterationStartedEventDetails: iteration } = event;
	if (id === undefined || timestamp === undefined || type === undefined)
		throw new Error('GetExecutionHistory gave no usable event.');
	const { stateEnteredEventDetails: entered, stateExitedEventDetails: exited } = event;
	const name = entered?.name ?? exited?.name;
	const failure: unknown = Object.values(event).find((details) => Value.Check(Failure, details));
	return {
		id,
		previousEventId,
		atMs: timestamp.getTime(),
		type,
		...(name === undefined ? {} : { stateName: name }),
		...(entered?.input === undefined ? {} : { input: withoutTrace(entered.input) }),
		...(exited?.output === undefined ? {} : { output: withoutTrace(exited.output) }),
		...(Value.Check(Failure, failure) ? { error: publicError(failure) } : {}),
		...(iteration?.index === undefined ? {} : { mapIndex: iteration.index }),
	};
}

/** What a Catch hands on holds Lambda's cause, stack and all; only what a client may read of it is kept. */
function withoutTrace(text: string): string {
	if (!text.includes('"Cause"')) return text;
	return JSON.stringify(JSON.parse(text), (_, value: unknown) => {
		if (!Value.Check(Caught, value)) return value;
		const { code, message } = publicError({ error: value.Error, cause: value.Cause });
		return { Error: code, Cause: message };
	});
}
