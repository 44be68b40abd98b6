import * as Type from 'typebox';
import { PackageRelease } from '../../partners/release.ts';

/** The `data` of a release. */
export const ReleaseInput = Type.Object(
	{
		story_id: PackageRelease.properties.story_id,
		package_ids: PackageRelease.properties.package_ids,
		environment: PackageRelease.properties.environment,
	},
	{
		additionalProperties: false,
		description: 'The story is also the key under which the release is approved.',
	},
);

export type ReleaseInput = Type.Static<typeof ReleaseInput>;
