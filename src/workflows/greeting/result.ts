import * as Type from 'typebox';

/** The `result` of a greeting. */
export const GreetingResult = Type.Object(
	{
		name: Type.String(),
		message: Type.String({ examples: ['Hello Ada'] }),
		validated: Type.Literal(true),
		processed: Type.Literal(true),
		notified: Type.Literal(true),
	},
	{ additionalProperties: false },
);

export type GreetingResult = Type.Static<typeof GreetingResult>;
