import * as Type from 'typebox';
import { parseValue } from '../parse.ts';

const SlackMessage = Type.Object({ text: Type.String(), blocks: Type.Optional(Type.Array(Type.Unknown())) });

/** Where Slack messages land on a laptop. */
export interface SlackReceiver {
	receive(message: unknown): void;
	/** Newest last. */
	messages(): readonly Type.Static<typeof SlackMessage>[];
}

/** Enough to look at; a load test must not fill the memory. */
const KEPT = 1000;

export function createSlackReceiver(): SlackReceiver {
	const messages: Type.Static<typeof SlackMessage>[] = [];
	return {
		receive(message) {
			messages.push(parseValue(SlackMessage, message, 'Slack message'));
			if (messages.length > KEPT) messages.shift();
		},
		messages: () => messages,
	};
}
