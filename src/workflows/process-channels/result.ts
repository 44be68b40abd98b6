import * as Type from 'typebox';

/** The `result` of a process-channels task: each channel is either counted in `processed` or named in `failed`. */
export const ProcessChannelsResult = Type.Object(
	{
		processed: Type.Integer({ minimum: 0, description: 'How many channels were announced to.' }),
		failed: Type.Array(Type.String(), { description: 'The channels that were not, in the order given.' }),
		notified: Type.Boolean({ description: 'Whether Slack took the summary.' }),
	},
	{ additionalProperties: false },
);

export type ProcessChannelsResult = Type.Static<typeof ProcessChannelsResult>;
