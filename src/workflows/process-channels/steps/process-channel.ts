import * as Type from 'typebox';
import { defineStep, StepError } from '../../define-step.ts';
import { channelProgress } from '../channel-progress.ts';

/** What is published for one channel. It may come twice: `task_id` and `index` say that it is the same. */
export interface Announcement {
	readonly task_id: string;
	readonly type: 'process-channels';
	readonly channel: string;
	/** The channel's place among the task's, from 0. */
	readonly index: number;
	readonly note?: string;
}

export interface ProcessChannelDependencies {
	/** Publishes to the notification topic; subscribers can filter by the attributes. */
	readonly publish: (announcement: Announcement, attributes: { readonly channel: string }) => Promise<void>;
}

const CHANNEL_NAME = /^[#@]?[\p{L}\p{N}._-]+$/u;

/** Announces the note to one channel. `ChannelInvalid` where the name is none, which no retry helps. */
export function createProcessChannel({ publish }: ProcessChannelDependencies) {
	return defineStep({
		input: Type.Object({
			channel: Type.String(),
			index: Type.Integer({ minimum: 0 }),
			count: Type.Integer({ minimum: 1 }),
			note: Type.Union([Type.String(), Type.Null()]),
		}),
		async run({ channel, index, count, note }, { taskId, progress }) {
			const soFar = channelProgress(index, count);
			if (soFar !== undefined) await progress(soFar);
			if (!CHANNEL_NAME.test(channel)) throw new StepError('ChannelInvalid', 'This is no channel name.');
			await publish(
				{ task_id: taskId, type: 'process-channels', channel, index, ...(note === null ? {} : { note }) },
				{ channel },
			);
			return null;
		},
	});
}
