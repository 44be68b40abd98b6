import * as Type from 'typebox';

/** The `data` of a greeting. */
export const GreetingInput = Type.Object(
	{ name: Type.String({ minLength: 1, maxLength: 200, description: 'Whom to greet.', examples: ['Ada'] }) },
	{ additionalProperties: false },
);

export type GreetingInput = Type.Static<typeof GreetingInput>;
