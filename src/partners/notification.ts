import * as Type from 'typebox';
import type { CallOptions, PartnerClient } from './partner-client.ts';
import { ReleaseEnvironment, StoryId } from './release.ts';

/** What those who wait for a story are to be told. The partner writes words of its own where `message` is absent. */
export const StakeholderMessage = Type.Object(
	{
		story_id: StoryId,
		environment: ReleaseEnvironment,
		message: Type.Optional(Type.String({ minLength: 1, maxLength: 2000 })),
	},
	{ additionalProperties: false },
);

export type StakeholderMessage = Type.Static<typeof StakeholderMessage>;

/** The message is on its way. */
export const SentMessage = Type.Object({ message_id: Type.String({ minLength: 1 }) });

/** The notification partner: tells those who wait for a story. */
export function createNotification(client: PartnerClient) {
	return {
		notifyStakeholders: (request: StakeholderMessage, options: CallOptions) =>
			client.call('/messages', request, SentMessage, options),
	};
}
