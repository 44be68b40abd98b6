import { type Static, Type } from 'typebox';

/** The `data` of a release. */
export const ReleaseInput = Type.Object(
	{
		story_id: Type.String({
			pattern: '^[A-Z][A-Z0-9]{1,19}-[1-9][0-9]{0,9}$',
			description: 'Also the key under which the release is approved.',
			examples: ['PROJ-123'],
		}),
		package_ids: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
			minItems: 1,
			maxItems: 50,
			examples: [['web-1.4.0', 'api-2.0.1']],
		}),
		environment: Type.Enum(['dev', 'staging', 'prod']),
	},
	{ additionalProperties: false },
);

export type ReleaseInput = Static<typeof ReleaseInput>;
