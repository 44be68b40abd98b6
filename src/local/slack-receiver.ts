import * as Type from 'typebox';
import { parseValue } from '../parse.ts';

const SlackMessage = Type.Object({ text: Type.String(), blocks: Type.Optional(Type.Array(Type.Unknown())) });

/** Stands for Slack's incoming webhook on the laptop. */
export interface SlackReceiver {
	/** Stores a message. @throws {@link UnexpectedShapeError} if it lacks `text`. */
	receive(message: unknown): void;
	/** The latest messages, newest last. */
	messages(): readonly Type.Static<typeof SlackMessage>[];
}

/** Bounds the memory that a load test uses. */
const MAX_MESSAGES = 1000;

/** Creates an empty receiver. */
export function createSlackReceiver(): SlackReceiver {
	const messages: Type.Static<typeof SlackMessage>[] = [];
	return {
		receive(message) {
			messages.push(parseValue(SlackMessage, message, 'Slack message'));
			if (messages.length > MAX_MESSAGES) messages.shift();
		},
		messages: () => messages,
	};
}
