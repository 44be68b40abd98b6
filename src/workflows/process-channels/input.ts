import * as Type from 'typebox';

/** The `data` of a process-channels task. */
export const ProcessChannelsInput = Type.Object(
	{
		channels: Type.Array(Type.String({ minLength: 1, maxLength: 80, examples: ['#billing'] }), {
			minItems: 1,
			maxItems: 1000,
			description: 'The channels to announce to. One whose name is no channel name fails alone.',
			examples: [['#billing', '#support']],
		}),
		note: Type.Optional(
			Type.String({ maxLength: 3000, description: 'What is announced.', examples: ['Closed on Friday.'] }),
		),
	},
	{ additionalProperties: false },
);

export type ProcessChannelsInput = Type.Static<typeof ProcessChannelsInput>;
