import * as Type from 'typebox';

/** The id of a story in its tracker: project and number. */
export const StoryId = Type.String({
	pattern: '^[A-Z][A-Z0-9]{0,19}-[1-9][0-9]{0,9}$',
	examples: ['PROJ-123'],
});

/** As long as a name in npm may be. */
export const PackageId = Type.String({ minLength: 1, maxLength: 214 });

/** Where packages go to. */
export const ReleaseEnvironment = Type.Enum(['dev', 'staging', 'prod']);

/** The packages of a story and where they go to: what the validation and the deployment partner are both asked about. */
export const PackageRelease = Type.Object(
	{
		story_id: StoryId,
		package_ids: Type.Array(PackageId, { minItems: 1, maxItems: 50 }),
		environment: ReleaseEnvironment,
	},
	{ additionalProperties: false },
);

export type PackageRelease = Type.Static<typeof PackageRelease>;
